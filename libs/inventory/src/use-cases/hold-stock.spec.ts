import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { StockReceipts, StockReservations, type HoldOutcome } from '#contracts';
import { Reader } from '#database';
import { ModuleSandbox, PATIENT } from '../../../../test/support/module-sandbox.js';
import { anOrder, granted, TestStock } from '../../../../test/support/test-stock.js';
import { InventoryModule } from '../inventory.module.js';

const HOLD_TTL_SECONDS = 600;

let sandbox: ModuleSandbox;
let stock: TestStock;

beforeAll(async () => {
  sandbox = await ModuleSandbox.open([InventoryModule], {
    HOLD_TTL_SECONDS: String(HOLD_TTL_SECONDS),
    ...PATIENT,
  });
  stock = new TestStock(sandbox);
});

afterEach(() => sandbox.assertInvariants());

afterAll(() => sandbox.close());

/** One of a row of orders that ask for different amounts of one or two SKUs. */
const varied = (turn: number, [a, b]: readonly [string, string]) =>
  turn % 2 === 0 ? anOrder([a, (turn % 3) + 1], [b, (turn % 4) + 1]) : anOrder([a, (turn % 3) + 1]);

describe('holding stock', () => {
  it('says until when it is held, and states the fact', async () => {
    const sku = await stock.stocked(5);
    const order = anOrder([sku, 2]);
    const before = Date.now();
    const [outcome] = await stock.hold(order);
    const expiresAt = outcome?.held === true ? outcome.expiresAt.getTime() : 0;
    expect(expiresAt).toBeGreaterThan(before + (HOLD_TTL_SECONDS - 5) * 1000);
    expect(expiresAt).toBeLessThan(Date.now() + (HOLD_TTL_SECONDS + 5) * 1000);
    expect(await stock.level(sku)).toEqual({ onHand: 5, reserved: 2 });
    const [fact] = await sandbox.rows('SELECT type, sequence, data FROM messaging.outbox WHERE subject = $1', [
      order.orderId,
    ]);
    expect(fact).toEqual({
      type: 'stock.reserved.v1',
      sequence: 1,
      data: { orderId: order.orderId, lines: [{ sku, quantity: 2 }], expiresAt: new Date(expiresAt).toISOString() },
    });
  });

  it('sells the last unit to exactly one of 50 buyers', async () => {
    const sku = await stock.stocked(1);
    const outcomes = (await Promise.all(Array.from({ length: 50 }, () => stock.hold(anOrder([sku, 1]))))).flat();
    expect(granted(outcomes)).toBe(1);
    for (const outcome of outcomes) {
      if (outcome.held) continue;
      expect(outcome.error).toMatchObject({
        code: 'insufficient_stock',
        data: { items: [{ sku, requested: 1, available: 0 }] },
      });
    }
    expect(await stock.level(sku)).toEqual({ onHand: 1, reserved: 1 });
  });

  it('serves baskets that name two SKUs in opposite orders without a deadlock, exactly as long as there is stock', async () => {
    const [a, b] = [await stock.stocked(20), await stock.stocked(20)];
    const reservations = sandbox.get(StockReservations);
    let runs = 0;
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, turn) =>
        sandbox.transactions.run((tx) => {
          runs += 1; // A deadlock would have the transaction run again.
          return reservations.hold(tx, [turn % 2 === 0 ? anOrder([a, 1], [b, 1]) : anOrder([b, 1], [a, 1])]);
        }),
      ),
    );
    expect(runs).toBe(60);
    expect(granted(outcomes.flat())).toBe(20);
    expect(await stock.level(a)).toEqual({ onHand: 20, reserved: 20 });
    expect(await stock.level(b)).toEqual({ onHand: 20, reserved: 20 });
  });

  it('decides a list as if its orders had come one by one', async () => {
    const listed = [await stock.stocked(12), await stock.stocked(9)] as const;
    const single = [await stock.stocked(12), await stock.stocked(9)] as const;
    const turns = Array.from({ length: 12 }, (_, turn) => turn);
    const atOnce = await stock.hold(...turns.map((turn) => varied(turn, listed)));
    const oneByOne: HoldOutcome[] = [];
    for (const turn of turns) oneByOne.push(...(await stock.hold(varied(turn, single))));
    expect(atOnce.map(({ held }) => held)).toEqual(oneByOne.map(({ held }) => held));
    expect(granted(atOnce)).toBeGreaterThan(1);
    expect(granted(atOnce)).toBeLessThan(12);
    expect(await stock.level(listed[0])).toEqual(await stock.level(single[0]));
    expect(await stock.level(listed[1])).toEqual(await stock.level(single[1]));
  });

  it('holds nothing of a short order, names each short line, and leaves the transaction usable', async () => {
    const [plenty, few] = [await stock.stocked(50), await stock.stocked(2)];
    const unknown = 'SKU-UNKNOWN';
    const [short, fine] = [anOrder([plenty, 1], [few, 3], [unknown, 1]), anOrder([plenty, 1])];
    const outcomes = await sandbox.transactions.run(async (tx) => [
      ...(await sandbox.get(StockReservations).hold(tx, [short])),
      ...(await sandbox.get(StockReservations).hold(tx, [fine])),
    ]);
    expect(outcomes).toMatchObject([
      {
        held: false,
        error: {
          data: {
            items: [
              { sku: few, requested: 3, available: 2 },
              { sku: unknown, requested: 1, available: 0 },
            ],
          },
        },
      },
      { held: true },
    ]);
    expect(await stock.statuses(short.orderId)).toEqual([]);
    expect(await stock.events(short.orderId)).toEqual([]);
    expect(await stock.level(plenty)).toEqual({ onHand: 50, reserved: 1 });
  });

  it('counts a SKU that an order names twice as the sum', async () => {
    const sku = await stock.stocked(3);
    expect(await stock.hold(anOrder([sku, 2], [sku, 2]))).toMatchObject([
      { held: false, error: { data: { items: [{ sku, requested: 4, available: 3 }] } } },
    ]);
    expect(await stock.hold(anOrder([sku, 2], [sku, 1]))).toMatchObject([{ held: true }]);
    expect(await stock.level(sku)).toEqual({ onHand: 3, reserved: 3 });
  });

  it('takes the same three statements for one line and for ten orders of a hundred lines', async () => {
    const skus = Array.from({ length: 100 }, (_, place) => `LINE-${place}`);
    await sandbox.transactions.run((tx) =>
      sandbox.get(StockReceipts).open(
        tx,
        skus.map((sku) => ({ sku, onHand: 100 })),
        'staff:spec',
      ),
    );
    const statements = jest.spyOn(Reader.prototype, 'query');
    try {
      expect(granted(await stock.hold(anOrder([skus[0]!, 1])))).toBe(1);
      expect(statements).toHaveBeenCalledTimes(3);
      const orders = Array.from({ length: 10 }, () => anOrder(...skus.map((sku) => [sku, 1] as [string, number])));
      expect(granted(await stock.hold(...orders))).toBe(10);
      expect(statements).toHaveBeenCalledTimes(6);
    } finally {
      statements.mockRestore();
    }
    expect(await stock.level(skus[99]!)).toEqual({ onHand: 100, reserved: 10 });
  });

  it('has a net below it: no statement can reserve more than there is, or less than nothing', async () => {
    const sku = await stock.stocked(1);
    const reserve = (units: number) =>
      sandbox.rows('UPDATE inventory.levels SET reserved = $2 WHERE sku = $1', [sku, units]);
    await expect(reserve(2)).rejects.toThrow('levels_reserved_within_on_hand');
    await expect(reserve(-1)).rejects.toThrow('levels_reserved_within_on_hand');
  });

  it('does not hold a level twice for one order', async () => {
    const sku = await stock.stocked(5);
    const orderId = await stock.holding(sku, 1);
    await expect(stock.hold({ orderId, lines: [{ sku, quantity: 1 }] })).rejects.toThrow('reservations_live');
    expect(await stock.level(sku)).toEqual({ onHand: 5, reserved: 1 });
  });
});
