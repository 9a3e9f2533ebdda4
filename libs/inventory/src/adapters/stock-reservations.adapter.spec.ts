import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfirmedOrders, OrderConfirmed } from '#contracts';
import type { Tx } from '#database';
import { uuidV7, type Id } from '#kernel';
import { PermanentFailure, UnfoundedEvent, type EventsFailed } from '#messaging';
import { ModuleSandbox, PATIENT } from '../../../../test/support/module-sandbox.js';
import { anOrder, granted, TestStock } from '../../../../test/support/test-stock.js';
import { OnOrderConfirmedConsumer } from '../consumers/on-order-confirmed.consumer.js';
import { InventoryModule } from '../inventory.module.js';
import { CommitStock } from '../use-cases/commit-stock.js';

const HOLD_TTL_SECONDS = 600;

/** Order module of another process, in which every order is confirmed but those in `unpaid`. */
class OrdersOfAnotherModule extends ConfirmedOrders {
  readonly unpaid = new Set<Id<'order'>>();

  override async confirmedAmong(_db: unknown, orderIds: readonly Id<'order'>[]): Promise<ReadonlySet<Id<'order'>>> {
    return new Set(orderIds.filter((id) => !this.unpaid.has(id)));
  }
}

let sandbox: ModuleSandbox;
let stock: TestStock;
const orders = new OrdersOfAnotherModule();

beforeAll(async () => {
  sandbox = await ModuleSandbox.open([InventoryModule], {
    HOLD_TTL_SECONDS: String(HOLD_TTL_SECONDS),
    ...PATIENT,
  });
  stock = new TestStock(sandbox);
});

afterEach(() => sandbox.assertInvariants());

afterAll(() => sandbox.close());

const commit = (orderId: Id<'order'>, ...lines: [sku: string, quantity: number][]) =>
  sandbox.transactions.run((tx) => sandbox.get(CommitStock).run(tx, [{ ...anOrder(...lines), orderId }]));

/** The consumer, handling the confirmation of an order of one unit. */
const confirm = (orderId: Id<'order'>, sku: string) =>
  sandbox.transactions.run((tx) => {
    const event = {
      id: uuidV7(),
      type: OrderConfirmed.type,
      source: OrderConfirmed.source,
      subject: orderId,
      time: new Date(),
      sequence: 2,
      correlationId: 'spec',
      causationId: undefined,
      data: OrderConfirmed.schema.parse({ ...OrderConfirmed.example, orderId, lines: [{ sku, quantity: 1 }] }),
    };
    const context = { tx, signal: new AbortController().signal };
    return new OnOrderConfirmedConsumer(orders, sandbox.get(CommitStock)).handle([event], context);
  });

describe('giving stock back', () => {
  it.each([
    ['expired', 'expired'],
    ['cancelled', 'released'],
  ] as const)('when an order is %s, once, however often it is asked to', async (reason, status) => {
    const sku = await stock.stocked(4);
    const orderId = await stock.holding(sku, 3);
    await Promise.all([stock.release(orderId, reason), stock.release(orderId, reason), stock.release(orderId, reason)]);
    await stock.release(orderId, reason);
    expect(await stock.level(sku)).toEqual({ onHand: 4, reserved: 0 });
    expect(await stock.statuses(orderId)).toEqual([status]);
    expect(await stock.events(orderId)).toEqual(['1 stock.reserved.v1', '2 stock.released.v1']);
  });

  it('takes committed stock from a cancelled order, and lets a late confirmation of it bind nothing', async () => {
    const sku = await stock.stocked(2);
    const orderId = await stock.holding(sku, 2);
    await commit(orderId, [sku, 2]);
    await stock.release(orderId, 'cancelled');
    expect(await commit(orderId, [sku, 2])).toEqual([{ committed: true }]);
    expect(await stock.level(sku)).toEqual({ onHand: 2, reserved: 0 });
    expect(await stock.statuses(orderId)).toEqual(['released']);
  });

  it('leaves committed stock with its order when a hold expires', async () => {
    const sku = await stock.stocked(2);
    const orderId = await stock.holding(sku, 2);
    await commit(orderId, [sku, 2]);
    await stock.release(orderId, 'expired');
    expect(await stock.level(sku)).toEqual({ onHand: 2, reserved: 2 });
    expect(await stock.statuses(orderId)).toEqual(['committed']);
  });

  it('lets the order come back with a new hold, whose facts go on counting', async () => {
    const sku = await stock.stocked(1);
    const orderId = await stock.holding(sku, 1);
    await stock.release(orderId, 'expired');
    expect(granted(await stock.hold({ orderId, lines: [{ sku, quantity: 1 }] }))).toBe(1);
    expect(await stock.statuses(orderId)).toEqual(['expired', 'held']);
    expect(await commit(orderId, [sku, 1])).toEqual([{ committed: true }]);
    expect(await stock.events(orderId)).toEqual([
      '1 stock.reserved.v1',
      '2 stock.released.v1',
      '3 stock.reserved.v1',
      '4 stock.committed.v1',
    ]);
  });

  it('does not wait in a circle with orders that take the same SKUs', async () => {
    const [a, b] = [await stock.stocked(500), await stock.stocked(500)];
    const kept: Id<'order'>[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async (_, turn) => {
        const order = turn % 2 === 0 ? anOrder([a, 1], [b, 2]) : anOrder([b, 2], [a, 1]);
        expect(granted(await stock.hold(order))).toBe(1);
        if (turn % 4 === 0) kept.push(order.orderId);
        else await stock.release(order.orderId, turn % 3 === 0 ? 'expired' : 'cancelled');
      }),
    );
    expect(kept).toHaveLength(5);
    expect(await stock.level(a)).toEqual({ onHand: 500, reserved: 5 });
    expect(await stock.level(b)).toEqual({ onHand: 500, reserved: 10 });
  });
});

describe('committing stock to a paid order', () => {
  it('binds it once, however often the confirmation arrives', async () => {
    const sku = await stock.stocked(2);
    const orderId = await stock.holding(sku, 2);
    await stock.extend(orderId);
    const outcomes = await Promise.all([commit(orderId, [sku, 2]), commit(orderId, [sku, 2])]);
    expect(outcomes.flat()).toEqual([{ committed: true }, { committed: true }]);
    expect(await stock.level(sku)).toEqual({ onHand: 2, reserved: 2 });
    expect(await stock.statuses(orderId)).toEqual(['committed']);
    expect(await stock.events(orderId)).toEqual(['1 stock.reserved.v1', '2 stock.committed.v1']);
  });

  it('still finds a hold whose time is over while nobody has given it back', async () => {
    const sku = await stock.stocked(1);
    const orderId = await stock.holding(sku, 1);
    await stock.runOut(orderId);
    expect(await commit(orderId, [sku, 1])).toEqual([{ committed: true }]);
  });

  it('refuses a confirmed order whose hold is gone or too small, and goes on with the others', async () => {
    const sku = await stock.stocked(6);
    const [gone, small, fine] = [await stock.holding(sku, 1), await stock.holding(sku, 2), await stock.holding(sku, 1)];
    await stock.release(gone, 'expired');
    const lines = [{ sku, quantity: 1 }];
    const outcomes = await sandbox.transactions.run((tx) =>
      sandbox.get(CommitStock).run(tx, [
        { orderId: gone, lines },
        { orderId: small, lines: [{ sku, quantity: 3 }] },
        { orderId: fine, lines },
      ]),
    );
    expect(outcomes).toMatchObject([
      {
        committed: false,
        error: { code: 'hold_missing', data: { orderId: gone, items: [{ sku, confirmed: 1, held: 0 }] } },
      },
      { committed: false, error: { data: { orderId: small, items: [{ sku, confirmed: 3, held: 2 }] } } },
      { committed: true },
    ]);
    expect(await stock.statuses(gone)).toEqual(['expired']);
    expect(await stock.statuses(small)).toEqual(['held']);
    expect(await stock.statuses(fine)).toEqual(['committed']);
  });
});

describe('the confirmation of an order', () => {
  it('commits its stock', async () => {
    const sku = await stock.stocked(1);
    const orderId = await stock.holding(sku, 1);
    await confirm(orderId, sku);
    expect(await stock.statuses(orderId)).toEqual(['committed']);
  });

  it('commits no stock when the order module knows of none', async () => {
    const sku = await stock.stocked(1);
    const orderId = await stock.holding(sku, 1);
    orders.unpaid.add(orderId);
    const failure: unknown = await confirm(orderId, sku).catch((error: unknown) => error);
    expect([...(failure as EventsFailed).errorById.values()]).toEqual([expect.any(UnfoundedEvent)]);
    expect(await stock.statuses(orderId)).toEqual(['held']);
  });

  it('goes to the dead letters at once when the stock is not held any more', async () => {
    const sku = await stock.stocked(1);
    const orderId = await stock.holding(sku, 1);
    await stock.release(orderId, 'expired');
    const failure: unknown = await confirm(orderId, sku).catch((error: unknown) => error);
    const [error] = (failure as EventsFailed).errorById.values();
    expect(error).toBeInstanceOf(PermanentFailure);
    expect(String(error)).toMatch(/hold_missing.*is not held/);
  });
});

describe('the invariants of stock', () => {
  const UNDONE = new Error('undone');

  /** Names of the invariants that notice what this does; it is undone afterwards. */
  async function noticed(tamper: (tx: Tx) => Promise<unknown>): Promise<string[]> {
    const names: string[] = [];
    const work = sandbox.transactions.run(async (tx) => {
      await tamper(tx);
      for (const { name, sql } of InventoryModule.invariants) {
        if ((await tx.query(sql)).rows.length > 0) names.push(name);
      }
      throw UNDONE;
    });
    await expect(work).rejects.toBe(UNDONE);
    return names;
  }

  it.each([
    ['UPDATE inventory.levels SET on_hand = on_hand + 1', ['inventory_on_hand_is_sum_of_movements']],
    [
      'UPDATE inventory.levels SET reserved = reserved + 1 WHERE reserved < on_hand',
      ['inventory_reserved_is_sum_of_live_reservations'],
    ],
    [
      `ALTER TABLE inventory.levels DROP CONSTRAINT levels_reserved_within_on_hand;
       UPDATE inventory.levels SET reserved = 99`,
      ['inventory_reserved_is_sum_of_live_reservations', 'inventory_reserved_within_on_hand'],
    ],
    [
      `UPDATE inventory.reservations SET quantity = 99 WHERE status = 'committed'`,
      ['inventory_reserved_is_sum_of_live_reservations', 'inventory_committed_within_received'],
    ],
    [
      `UPDATE inventory.reservations SET expires_at = now() - interval '3 min' WHERE status = 'held'`,
      ['inventory_no_hold_past_its_time'],
    ],
  ])('notice %s', async (sql, names) => {
    const sku = await stock.stocked(9);
    await stock.holding(sku, 1);
    await commit(await stock.holding(sku, 2), [sku, 2]);
    expect(await noticed((tx) => tx.query(sql))).toEqual(names);
  });
});
