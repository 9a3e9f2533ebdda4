import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { StockAvailability } from '#contracts';
import { Reader } from '#database';
import { ModuleSandbox, PATIENT } from '../../../../test/support/module-sandbox.js';
import { anOrder, granted, TestStock } from '../../../../test/support/test-stock.js';
import { InventoryModule } from '../inventory.module.js';
import { SetStockPolicy } from './set-stock-policy.js';
import { TransferStock } from './transfer-stock.js';

let sandbox: ModuleSandbox;
let stock: TestStock;

beforeAll(async () => {
  sandbox = await ModuleSandbox.open([InventoryModule], PATIENT);
  stock = new TestStock(sandbox);
});

afterEach(() => sandbox.assertInvariants());

afterAll(() => sandbox.close());

const transfer = (sku: string, from: string, to: string, quantity: number) =>
  sandbox.transactions.run((tx) =>
    sandbox.get(TransferStock).runOne(tx, { sku, from, to, quantity, reason: 'supply', actor: 'staff:spec' }),
  );

const setPolicy = (sku: string, policy: { safetyStock?: number; backorderLimit?: number; lowStockAt?: number }) =>
  sandbox.transactions.run((tx) =>
    sandbox.get(SetStockPolicy).runOne(tx, {
      sku,
      location: 'default',
      safetyStock: 0,
      backorderLimit: 0,
      lowStockAt: null,
      ...policy,
      actor: 'staff:spec',
      expected: undefined,
    }),
  );

const levelEvents = async (sku: string) =>
  (
    await sandbox.rows('SELECT type, data FROM messaging.outbox WHERE subject = $1 ORDER BY sequence', [
      `default/${sku}`,
    ])
  ).map(({ type, data }) => `${String(type)} ${(data as { available: number }).available}`);

const available = async (sku: string) =>
  (await sandbox.transactions.read((db) => sandbox.get(StockAvailability).available(db, [sku]))).get(sku);

describe('stock at several locations', () => {
  it('is sold to 100 buyers at once exactly as far as the locations have it together', async () => {
    const sku = await stock.stocked(23);
    await stock.stockedAt('north', sku, 18);
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => stock.hold(anOrder([sku, 1]))));
    expect(granted(outcomes.flat())).toBe(41);
    expect(await stock.levels(sku)).toEqual({ default: '23 of 23', north: '18 of 18' });
  });

  it('serves one line from two of them when none has enough, and gives both back', async () => {
    const sku = await stock.stocked(3);
    await stock.stockedAt('north', sku, 3);
    const orderId = await stock.holding(sku, 5);
    expect(await stock.levels(sku)).toEqual({ default: '3 of 3', north: '2 of 3' });
    expect(await available(sku)).toBe(1);
    await stock.release(orderId, 'expired');
    expect(await stock.levels(sku)).toEqual({ default: '0 of 3', north: '0 of 3' });
    const [event] = await sandbox.rows(`SELECT data FROM messaging.outbox WHERE subject = $1 AND sequence = 2`, [
      orderId,
    ]);
    expect(event).toMatchObject({ data: { lines: [{ sku, quantity: 5 }] } });
  });

  it('promises nothing of a location that is not active', async () => {
    const sku = await stock.stocked(1);
    await stock.stockedAt('closed', sku, 5);
    await sandbox.rows(`UPDATE inventory.locations SET active = false WHERE id = 'closed'`);
    expect(await available(sku)).toBe(1);
    expect(granted(await stock.hold(anOrder([sku, 2])))).toBe(0);
  });

  it('takes the same three statements for one line and for a hundred over three locations', async () => {
    const skus: string[] = [];
    for (let turn = 0; turn < 100; turn += 1) {
      const sku = await stock.stocked(1);
      await stock.stockedAt('north', sku, 1);
      await stock.stockedAt('south', sku, 1);
      skus.push(sku);
    }
    const statements = jest.spyOn(Reader.prototype, 'query');
    try {
      expect(granted(await stock.hold(anOrder([skus[0]!, 1])))).toBe(1);
      expect(statements).toHaveBeenCalledTimes(3);
      const order = anOrder(...skus.slice(1).map((sku) => [sku, 3] as [string, number]));
      expect(granted(await stock.hold(order))).toBe(1);
      expect(statements).toHaveBeenCalledTimes(6);
      const { orderId } = order;
      await stock.release(orderId, 'cancelled');
      expect(statements).toHaveBeenCalledTimes(10);
    } finally {
      statements.mockRestore();
    }
  });
});

describe('a transfer', () => {
  it('carries units that no order holds, with two movements of one reference', async () => {
    const sku = await stock.stocked(5);
    await stock.stockedAt('north', sku, 1);
    await stock.holding(sku, 3);
    await expect(transfer(sku, 'default', 'north', 3)).rejects.toMatchObject({ code: 'below_reserved' });
    const { reference } = await transfer(sku, 'default', 'north', 2);
    expect(await stock.levels(sku)).toEqual({ default: '3 of 3', north: '0 of 3' });
    const movements = await sandbox.rows(
      'SELECT kind, delta, location FROM inventory.movements WHERE reference = $1 ORDER BY delta',
      [reference],
    );
    expect(movements).toEqual([
      { kind: 'transfer', delta: -2, location: 'default' },
      { kind: 'transfer', delta: 2, location: 'north' },
    ]);
  });

  it('loses and makes no unit against holds and transfers the other way', async () => {
    const sku = await stock.stocked(20);
    await stock.stockedAt('north', sku, 20);
    const carry = (turn: number) => {
      const [from, to] = turn % 2 === 0 ? (['default', 'north'] as const) : (['north', 'default'] as const);
      return transfer(sku, from, to, 3).then(
        () => 'carried',
        (error: { code: string }) => error.code,
      );
    };
    const holds = Array.from({ length: 30 }, () => stock.hold(anOrder([sku, 2])));
    const carried = Array.from({ length: 20 }, (_, turn) => carry(turn));
    const outcomes = (await Promise.all(holds)).flat();
    for (const outcome of await Promise.all(carried)) expect(['carried', 'below_reserved']).toContain(outcome);
    expect(granted(outcomes)).toBe(20);
    const [sum] = await sandbox.rows('SELECT sum(on_hand)::integer AS units FROM inventory.levels WHERE sku = $1', [
      sku,
    ]);
    expect(sum).toEqual({ units: 40 });
  });
});

describe('the policy of a level', () => {
  it('keeps safety stock back, and lets orders go beyond what lies there up to the limit', async () => {
    const sku = await stock.stocked(5);
    await setPolicy(sku, { safetyStock: 2 });
    expect(await available(sku)).toBe(3);
    expect(granted(await stock.hold(anOrder([sku, 4])))).toBe(0);
    await setPolicy(sku, { backorderLimit: 2 });
    expect(granted(await stock.hold(anOrder([sku, 7])))).toBe(1);
    expect(granted(await stock.hold(anOrder([sku, 1])))).toBe(0);
    await expect(setPolicy(sku, { backorderLimit: 1 })).rejects.toMatchObject({ code: 'below_reserved' });
    await expect(
      sandbox.rows('UPDATE inventory.levels SET reserved = reserved + 1 WHERE sku = $1', [sku]),
    ).rejects.toThrow('levels_reserved_within_on_hand');
  });

  it('publishes each crossing of a line once', async () => {
    const sku = await stock.stocked(5);
    await setPolicy(sku, { lowStockAt: 3 });
    const orders = [await stock.holding(sku, 1), await stock.holding(sku, 1), await stock.holding(sku, 1)];
    const last = await stock.holding(sku, 2);
    await stock.release(last, 'expired');
    await stock.release(orders[0]!, 'cancelled');
    expect(await levelEvents(sku)).toEqual(['stock.low.v1 3', 'stock.out.v1 0', 'stock.back.v1 2']);
  });
});
