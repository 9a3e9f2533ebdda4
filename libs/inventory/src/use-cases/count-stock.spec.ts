import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { StockReservations } from '#contracts';
import { newId, type Id } from '#kernel';
import { ModuleSandbox, PATIENT } from '../../../../test/support/module-sandbox.js';
import { anOrder, granted, TestStock } from '../../../../test/support/test-stock.js';
import { InventoryModule } from '../inventory.module.js';
import { CommitStock } from './commit-stock.js';
import { CountStock } from './count-stock.js';

let sandbox: ModuleSandbox;
let stock: TestStock;

beforeAll(async () => {
  sandbox = await ModuleSandbox.open([InventoryModule], PATIENT);
  stock = new TestStock(sandbox);
});

afterEach(() => sandbox.assertInvariants());

afterAll(() => sandbox.close());

const commit = (orderId: Id<'order'>, sku: string, quantity: number) =>
  sandbox.transactions.run((tx) => sandbox.get(CommitStock).run(tx, [{ ...anOrder([sku, quantity]), orderId }]));

const paid = async (sku: string, quantity: number): Promise<Id<'order'>> => {
  const orderId = await stock.holding(sku, quantity);
  await commit(orderId, sku, quantity);
  return orderId;
};

const count = (sku: string, onHand: number, acceptShortage = true) =>
  sandbox.transactions.run((tx) =>
    sandbox.get(CountStock).runOne(tx, {
      sku,
      location: 'default',
      onHand,
      acceptShortage,
      reason: 'count',
      actor: 'staff:spec',
      expected: undefined,
    }),
  );

const backAgain = (orderId: Id<'order'>, ...lines: [sku: string, quantity: number][]) =>
  sandbox.transactions.run((tx) => sandbox.get(StockReservations).backAgain(tx, { ...anOrder(...lines), orderId }));

describe('a count that accepts a shortage', () => {
  it('takes units from the orders that come last: paid ones are served first, then whoever came first', async () => {
    const sku = await stock.stocked(6);
    const [first, second] = [await stock.holding(sku, 1), await stock.holding(sku, 2)];
    const bought = await paid(sku, 2);
    const { level, shorted } = await count(sku, 3);
    expect(shorted).toMatchObject([{ orderId: second, quantity: 2 }]);
    expect(level).toMatchObject({ onHand: 3, reserved: 3 });
    expect(await stock.statuses(first)).toEqual(['held']);
    expect(await stock.statuses(second)).toEqual(['released']);
    expect(await stock.events(second)).toEqual(['1 stock.reserved.v1', '2 stock.shorted.v1']);
    expect(await stock.statuses(bought)).toEqual(['committed']);
  });

  it('takes them from paid orders when there is nothing else, and the claim of that can be verified', async () => {
    const sku = await stock.stocked(5);
    const [kept, lost] = [await paid(sku, 2), await paid(sku, 3)];
    await count(sku, 2);
    expect(await stock.statuses(kept)).toEqual(['committed']);
    const [row] = await sandbox.rows<{ data: any }>(
      `SELECT data FROM messaging.outbox WHERE subject = $1 AND type = 'stock.shorted.v1'`,
      [lost],
    );
    const claim = row!.data;
    expect(claim).toMatchObject({ orderId: lost, lines: [{ sku, quantity: 3 }] });
    const claims = [
      claim,
      { ...claim, lines: [{ sku, quantity: 2 }] },
      { ...claim, orderId: kept },
      { ...claim, movementId: newId('mov') },
      { ...claim, lines: [...claim.lines, { sku: 'OTHER', quantity: 1 }] },
    ];
    const answers = await sandbox.transactions.read((db) => sandbox.get(StockReservations).areShorted(db, claims));
    expect(answers).toEqual([true, false, false, false, false]);
  });

  it('is refused while the payment of an order that it would short is under way', async () => {
    const sku = await stock.stocked(2);
    const orderId = await stock.holding(sku, 2);
    await stock.extend(orderId);
    await expect(count(sku, 1)).rejects.toMatchObject({
      code: 'count_awaits_payments',
      data: { orders: [{ orderId }] },
    });
    expect(await stock.level(sku)).toEqual({ onHand: 2, reserved: 2 });
  });

  it('leaves a shorted order unpayable, also where it holds other goods, until it holds all of them', async () => {
    const [sku, other] = [await stock.stocked(2), await stock.stocked(2)];
    const order = anOrder([sku, 2], [other, 1]);
    await stock.hold(order);
    await count(sku, 1);
    expect(await stock.extend(order.orderId)).toBeUndefined();
    await stock.release(order.orderId, 'expired');
    await count(sku, 2);
    expect(granted(await stock.hold(order))).toBe(1);
    expect(await stock.extend(order.orderId)).toBeInstanceOf(Date);
  });

  it('keeps every invariant against holds, commits and releases at the same time', async () => {
    const sku = await stock.stocked(40);
    await Promise.all([
      ...Array.from({ length: 40 }, async (_, turn) => {
        const order = anOrder([sku, 1 + (turn % 2)]);
        if (granted(await stock.hold(order)) === 0) return;
        if (turn % 3 === 0) await commit(order.orderId, sku, 1);
        if (turn % 3 === 1) await stock.release(order.orderId, 'cancelled');
      }),
      ...[30, 20, 12, 25].map((onHand) => count(sku, onHand)),
    ]);
    const level = await stock.level(sku);
    expect(level!.reserved).toBeLessThanOrEqual(level!.onHand);
    const [{ shorted }] = (await sandbox.rows(
      `SELECT count(*)::integer AS shorted FROM inventory.reservations WHERE sku = $1 AND release_cause = 'shorted'`,
      [sku],
    )) as [{ shorted: number }];
    const events = await sandbox.rows(
      `SELECT FROM messaging.outbox WHERE type = 'stock.shorted.v1' AND data::jsonb -> 'lines' -> 0 ->> 'sku' = $1`,
      [sku],
    );
    expect(events).toHaveLength(shorted);
  });
});

describe('backing a shorted order again', () => {
  it('holds and commits what is missing, once', async () => {
    const [sku, other] = [await stock.stocked(3), await stock.stocked(3)];
    const order = anOrder([sku, 3], [other, 1]);
    await stock.hold(order);
    await sandbox.transactions.run((tx) => sandbox.get(CommitStock).run(tx, [order]));
    await count(sku, 2);
    expect(await backAgain(order.orderId, [sku, 3], [other, 1])).toMatchObject({
      error: { code: 'insufficient_stock', data: { items: [{ sku, requested: 3, available: 2 }] } },
    });
    await count(sku, 3);
    expect(await backAgain(order.orderId, [sku, 3], [other, 1])).toBeUndefined();
    expect(await backAgain(order.orderId, [sku, 3], [other, 1])).toBeUndefined();
    expect(await stock.level(sku)).toEqual({ onHand: 3, reserved: 3 });
    expect(await stock.level(other)).toEqual({ onHand: 3, reserved: 1 });
    expect((await stock.events(order.orderId)).slice(2)).toEqual([
      '3 stock.shorted.v1',
      '4 stock.reserved.v1',
      '5 stock.committed.v1',
    ]);
  });

  it('adds to what the order still holds of a location', async () => {
    const sku = await stock.stocked(2);
    await stock.stockedAt('north', sku, 2);
    const order = anOrder([sku, 4]);
    await stock.hold(order);
    await sandbox.transactions.run((tx) => sandbox.get(CommitStock).run(tx, [order]));
    await count(sku, 0);
    await sandbox.transactions.run((tx) =>
      sandbox.get(CountStock).runOne(tx, {
        sku,
        location: 'north',
        onHand: 4,
        acceptShortage: false,
        reason: 'found',
        actor: 'staff:spec',
        expected: undefined,
      }),
    );
    expect(await backAgain(order.orderId, [sku, 4])).toBeUndefined();
    expect(await stock.levels(sku)).toEqual({ default: '0 of 0', north: '4 of 4' });
  });
});
