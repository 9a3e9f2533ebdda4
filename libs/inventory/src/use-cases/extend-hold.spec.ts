import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type Id } from '#kernel';
import { ModuleSandbox, PATIENT } from '../../../../test/support/module-sandbox.js';
import { anOrder, TestStock } from '../../../../test/support/test-stock.js';
import { InventoryModule } from '../inventory.module.js';
import { CommitStock } from './commit-stock.js';

const HOLD_TTL_SECONDS = 600;

let sandbox: ModuleSandbox;
let stock: TestStock;

beforeAll(async () => {
  sandbox = await ModuleSandbox.open([InventoryModule], { HOLD_TTL_SECONDS: String(HOLD_TTL_SECONDS), ...PATIENT });
  stock = new TestStock(sandbox);
});

afterEach(() => sandbox.assertInvariants());

afterAll(() => sandbox.close());

const commit = (orderId: Id<'order'>, ...lines: [sku: string, quantity: number][]) =>
  sandbox.transactions.run((tx) => sandbox.get(CommitStock).run(tx, [{ ...anOrder(...lines), orderId }]));

describe('extending a hold', () => {
  it('gives a live hold a full hold time from now, again and again', async () => {
    const orderId = await stock.holding(await stock.stocked(1), 1);
    await sandbox.rows(`UPDATE inventory.reservations SET expires_at = now() + interval '1 min' WHERE order_id = $1`, [
      orderId,
    ]);
    for (let turn = 0; turn < 2; turn += 1) {
      const expiresAt = await stock.extend(orderId);
      expect(expiresAt!.getTime()).toBeGreaterThan(Date.now() + (HOLD_TTL_SECONDS - 60) * 1000);
    }
    expect(await stock.statuses(orderId)).toEqual(['extended']);
    expect(await stock.events(orderId)).toEqual(['1 stock.reserved.v1']);
  });

  it('is taken back by a payment without money, once, and leaves other holds alone', async () => {
    const sku = await stock.stocked(3);
    const [orderId, paid, idle] = [
      await stock.holding(sku, 1),
      await stock.holding(sku, 1),
      await stock.holding(sku, 1),
    ];
    const age = `UPDATE inventory.reservations SET expires_at = expires_at - interval '5 min',
      first_expires_at = first_expires_at - interval '5 min' WHERE order_id = $1 RETURNING expires_at AS end`;
    const [first] = await sandbox.rows(age, [orderId]);
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await stock.extend(orderId))!.getTime()).toBeGreaterThan(Date.now() + (HOLD_TTL_SECONDS - 60) * 1000);
      expect(await stock.endExtension(orderId)).toEqual(first!['end']);
      expect(await stock.statuses(orderId)).toEqual(['held']);
    }
    await stock.extend(paid);
    await commit(paid, [sku, 1]);
    for (const other of [orderId, paid, idle]) expect(await stock.endExtension(other)).toBeUndefined();
    expect(await stock.statuses(paid)).toEqual(['committed']);
  });

  it('leaves a hold alone whose time is over, that was given back, or that is committed', async () => {
    const sku = await stock.stocked(3);
    const [late, gone, paid] = [await stock.holding(sku, 1), await stock.holding(sku, 1), await stock.holding(sku, 1)];
    await stock.runOut(late);
    await stock.release(gone, 'cancelled');
    await commit(paid, [sku, 1]);
    for (const orderId of [late, gone, paid, newId('order')]) {
      expect(await stock.extend(orderId)).toBeUndefined();
    }
    await stock.release(late, 'expired');
  });
});
