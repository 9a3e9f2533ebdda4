import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfirmedOrders, FulfilledGoods, ReturnReceived, ShipmentShipped } from '#contracts';
import { newId, uuidV7, type Id } from '#kernel';
import { Outbox, UnfoundedEvent, type EventDefinition, type EventsFailed, type ReceivedEvent } from '#messaging';
import { ModuleSandbox, PATIENT } from '../../../../test/support/module-sandbox.js';
import { anOrder, TestStock } from '../../../../test/support/test-stock.js';
import { OnReturnReceivedConsumer } from '../consumers/on-return-received.consumer.js';
import { OnShipmentShippedConsumer } from '../consumers/on-shipment-shipped.consumer.js';
import { InventoryModule } from '../inventory.module.js';
import { AdjustStock } from './adjust-stock.js';
import { CommitStock } from './commit-stock.js';
import { ConsumeStock } from './consume-stock.js';
import { ReceiveReturn } from './receive-return.js';
import { SetStockPolicy } from './set-stock-policy.js';

/** Order module of another process, in which every order is confirmed but those in `unpaid`. */
class OrdersOfAnotherModule extends ConfirmedOrders {
  readonly unpaid = new Set<Id<'order'>>();

  override async confirmedAmong(_db: unknown, orderIds: readonly Id<'order'>[]): Promise<ReadonlySet<Id<'order'>>> {
    return new Set(orderIds.filter((id) => !this.unpaid.has(id)));
  }
}

/** Fulfilment module of another process, which knows of all goods but those of `forged`. */
class GoodsOfAnotherModule extends FulfilledGoods {
  readonly forged = new Set<string>();

  override async areShipped(_db: unknown, claims: readonly { readonly shipmentId: string }[]): Promise<boolean[]> {
    return claims.map(({ shipmentId }) => !this.forged.has(shipmentId));
  }

  override async areReceived(_db: unknown, claims: readonly { readonly returnId: string }[]): Promise<boolean[]> {
    return claims.map(({ returnId }) => !this.forged.has(returnId));
  }
}

const orders = new OrdersOfAnotherModule();
const goods = new GoodsOfAnotherModule();
let sandbox: ModuleSandbox;
let stock: TestStock;
let shipments: OnShipmentShippedConsumer;
let returns: OnReturnReceivedConsumer;

beforeAll(async () => {
  sandbox = await ModuleSandbox.open([InventoryModule], PATIENT);
  stock = new TestStock(sandbox);
  const outbox = sandbox.get(Outbox);
  const consume = new ConsumeStock(orders, sandbox.get(CommitStock), outbox);
  shipments = new OnShipmentShippedConsumer(goods, consume);
  returns = new OnReturnReceivedConsumer(goods, new ReceiveReturn(outbox));
});

afterEach(() => sandbox.assertInvariants());

afterAll(() => sandbox.close());

function received<E extends EventDefinition>(event: E, data: object): ReceivedEvent<E> {
  const envelope = { id: uuidV7(), type: event.type, source: event.source, subject: 'subject', time: new Date() };
  const body = event.schema.parse(data) as ReceivedEvent<E>['data'];
  return { ...envelope, sequence: 1, correlationId: 'spec', causationId: undefined, data: body };
}

const context = (tx: any) => ({ tx, signal: new AbortController().signal });

interface Shipment {
  readonly orderId: Id<'order'>;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly shipmentId?: Id<'shp'>;
  readonly location?: string | null;
}

const ship = ({ shipmentId = newId('shp'), location = null, ...shipment }: Shipment) =>
  sandbox.transactions.run((tx) =>
    shipments.handle([received(ShipmentShipped, { shipmentId, location, ...shipment })], context(tx)),
  );

const takeBack = (
  line: { readonly sku: string; readonly restocked: number; readonly writtenOff: number },
  { returnId = newId('ret'), location = null }: { returnId?: Id<'ret'>; location?: string | null } = {},
) =>
  sandbox.transactions.run((tx) =>
    returns.handle(
      [received(ReturnReceived, { returnId, orderId: newId('order'), location, lines: [line], refund: null })],
      context(tx),
    ),
  );

async function paid(...lines: [sku: string, quantity: number][]): Promise<Id<'order'>> {
  const order = anOrder(...lines);
  await stock.hold(order);
  await sandbox.transactions.run((tx) => sandbox.get(CommitStock).run(tx, [order]));
  return order.orderId;
}

const ledger = async (sku: string): Promise<string[]> =>
  (
    await sandbox.rows<Record<'kind' | 'delta' | 'on_hand' | 'location', string>>(
      'SELECT kind, delta, on_hand, location FROM inventory.movements WHERE sku = $1 ORDER BY at, kind',
      [sku],
    )
  )
    .filter(({ kind }) => kind !== 'opening')
    .map((row) => `${row.kind} ${row.delta} leaves ${row.on_hand} at ${row.location}`);

describe('a shipment', () => {
  it('takes its units out of the stock and out of what the order holds, in parts, with an event each', async () => {
    const sku = await stock.stocked(5);
    const orderId = await paid([sku, 3]);
    await ship({ orderId, lines: [{ sku, quantity: 1 }] });
    expect(await stock.level(sku)).toEqual({ onHand: 4, reserved: 2 });
    expect(await stock.statuses(orderId)).toEqual(['committed']);
    await ship({ orderId, lines: [{ sku, quantity: 2 }] });
    expect(await stock.level(sku)).toEqual({ onHand: 2, reserved: 0 });
    expect(await stock.statuses(orderId)).toEqual(['consumed']);
    expect((await stock.events(orderId)).slice(2)).toEqual(['3 stock.consumed.v1', '4 stock.consumed.v1']);
    expect(await ledger(sku)).toEqual(['shipment -1 leaves 4 at default', 'shipment -2 leaves 2 at default']);
  });

  it('has its effect once, however often and how much at once its event arrives', async () => {
    const sku = await stock.stocked(5);
    const orderId = await paid([sku, 3]);
    const shipment = { orderId, shipmentId: newId('shp'), lines: [{ sku, quantity: 1 }] };
    await Promise.all(Array.from({ length: 5 }, () => ship(shipment)));
    await ship(shipment);
    expect(await stock.level(sku)).toEqual({ onHand: 4, reserved: 2 });
    expect(await ledger(sku)).toHaveLength(1);
  });

  it('commits the stock first when the confirmation of its order is still on its way', async () => {
    const sku = await stock.stocked(2);
    const orderId = await stock.holding(sku, 2);
    await ship({ orderId, lines: [{ sku, quantity: 2 }] });
    expect(await stock.events(orderId)).toEqual(['1 stock.reserved.v1', '2 stock.committed.v1', '3 stock.consumed.v1']);
  });

  it('changes nothing when the owner of the goods or of the order does not know it', async () => {
    const sku = await stock.stocked(2);
    const [unpaid, bought] = [await stock.holding(sku, 1), await paid([sku, 1])];
    orders.unpaid.add(unpaid);
    await expect(ship({ orderId: unpaid, lines: [{ sku, quantity: 1 }] })).rejects.toBeInstanceOf(UnfoundedEvent);
    const shipmentId = newId('shp');
    goods.forged.add(shipmentId);
    const failure: unknown = await ship({ orderId: bought, shipmentId, lines: [{ sku, quantity: 1 }] }).catch(
      (error: unknown) => error,
    );
    expect([...(failure as EventsFailed).errorById.values()]).toEqual([expect.any(UnfoundedEvent)]);
    await expect(ship({ orderId: bought, lines: [{ sku, quantity: 2 }] })).rejects.toThrow('shipped_not_held');
    expect(await stock.level(sku)).toEqual({ onHand: 2, reserved: 2 });
  });

  it('leaves its own location, also where the order holds its goods elsewhere', async () => {
    const sku = await stock.stocked(3);
    await stock.stockedAt('north', sku, 2, 5);
    const orderId = await paid([sku, 3]);
    await ship({ orderId, lines: [{ sku, quantity: 3 }], location: 'north' });
    expect(await stock.levels(sku)).toEqual({ default: '0 of 2', north: '0 of 0' });
    expect(await stock.statuses(orderId)).toEqual(['consumed']);
  });

  it('gives the rest of a cancelled order back, and no more', async () => {
    const sku = await stock.stocked(5);
    const orderId = await paid([sku, 3]);
    await ship({ orderId, lines: [{ sku, quantity: 1 }] });
    await stock.release(orderId, 'cancelled');
    expect(await stock.level(sku)).toEqual({ onHand: 4, reserved: 0 });
  });

  it('waits for goods that are owed, and takes them when they have come', async () => {
    const sku = await stock.stocked(1);
    const policy = { sku, location: 'default', safetyStock: 0, backorderLimit: 2, lowStockAt: null };
    const actor = 'staff:spec';
    await sandbox.transactions.run((tx) =>
      sandbox.get(SetStockPolicy).runOne(tx, { ...policy, actor, expected: undefined }),
    );
    const orderId = await paid([sku, 3]);
    expect(await stock.level(sku)).toEqual({ onHand: 1, reserved: 3 });
    await expect(ship({ orderId, lines: [{ sku, quantity: 3 }] })).rejects.toMatchObject({ code: 'goods_not_on_hand' });
    const delivery = { sku, location: 'default', delta: 2, reason: 'delivery', actor, expected: undefined };
    await sandbox.transactions.run((tx) => sandbox.get(AdjustStock).runOne(tx, delivery));
    await ship({ orderId, lines: [{ sku, quantity: 3 }] });
    expect(await stock.level(sku)).toEqual({ onHand: 0, reserved: 0 });
  });
});

describe('a return', () => {
  it('comes back whole and is written off in part, once, and can be sold again', async () => {
    const sku = await stock.stocked(2);
    await paid([sku, 2]);
    const returnId = newId('ret');
    const line = { sku, restocked: 1, writtenOff: 2 };
    await Promise.all(Array.from({ length: 4 }, () => takeBack(line, { returnId })));
    expect(await ledger(sku)).toEqual(['return 3 leaves 5 at default', 'write_off -2 leaves 3 at default']);
    expect(await stock.level(sku)).toEqual({ onHand: 3, reserved: 2 });
    const events = await sandbox.rows('SELECT type FROM messaging.outbox WHERE subject = $1 ORDER BY sequence', [
      `default/${sku}`,
    ]);
    expect(events.map(({ type }) => type)).toEqual(['stock.out.v1', 'stock.back.v1']);
  });

  it('goes to the location that it names, and to none that the shop does not have', async () => {
    const sku = await stock.stocked(0);
    await stock.stockedAt('returns', sku, 0);
    await takeBack({ sku, restocked: 2, writtenOff: 0 }, { location: 'returns' });
    expect(await stock.levels(sku)).toEqual({ default: '0 of 0', returns: '0 of 2' });
    await expect(takeBack({ sku, restocked: 1, writtenOff: 0 }, { location: 'nowhere' })).rejects.toThrow(
      'location_not_found',
    );
    const returnId = newId('ret');
    goods.forged.add(returnId);
    await expect(takeBack({ sku, restocked: 1, writtenOff: 0 }, { returnId })).rejects.toThrow('1 events');
    expect(await stock.levels(sku)).toEqual({ default: '0 of 0', returns: '0 of 2' });
  });
});
