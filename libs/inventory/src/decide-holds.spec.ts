import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HoldRequest } from '#contracts';
import { newId } from '#kernel';
import { decideHolds } from './decide-holds.js';

const anOrder = (...lines: [sku: string, quantity: number][]): HoldRequest => ({
  orderId: newId('order'),
  lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
});

const sku = fc.constantFrom('A', 'B', 'C', 'D');
const lines = fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 6 }) }), { minLength: 1, maxLength: 6 });
const orders = fc.array(
  lines.map((list): HoldRequest => ({ orderId: newId('order'), lines: list })),
  { maxLength: 20 },
);
const stock = fc.dictionary(sku, fc.integer({ min: 0, max: 30 })).map((units) => new Map(Object.entries(units)));

function totals(list: readonly { sku: string; quantity: number }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of list) sums.set(line.sku, (sums.get(line.sku) ?? 0) + line.quantity);
  return sums;
}

describe('deciding who gets the stock', () => {
  it('gives the last unit to the order that came first', () => {
    const [first, second] = [anOrder(['MUG', 1]), anOrder(['MUG', 1])];
    expect(decideHolds([first, second], new Map([['MUG', 1]]))).toEqual([
      first,
      { orderId: second.orderId, short: [{ sku: 'MUG', requested: 1, available: 0 }] },
    ]);
  });

  it('holds nothing of an order that is short, names each short line, and leaves the rest to the next order', () => {
    const [greedy, modest] = [anOrder(['MUG', 2], ['PEN', 9], ['HAT', 1]), anOrder(['MUG', 2])];
    const decisions = decideHolds(
      [greedy, modest],
      new Map([
        ['MUG', 2],
        ['PEN', 3],
      ]),
    );
    expect(decisions).toEqual([
      {
        orderId: greedy.orderId,
        short: [
          { sku: 'PEN', requested: 9, available: 3 },
          { sku: 'HAT', requested: 1, available: 0 },
        ],
      },
      modest,
    ]);
  });

  it('adds up a SKU that an order names twice', () => {
    const order = anOrder(['MUG', 2], ['PEN', 1], ['MUG', 2]);
    const enough = new Map([
      ['MUG', 4],
      ['PEN', 1],
    ]);
    expect(decideHolds([order], enough)).toEqual([{ ...anOrder(['MUG', 4], ['PEN', 1]), orderId: order.orderId }]);
    expect(decideHolds([order], new Map([...enough, ['MUG', 3]]))).toEqual([
      { orderId: order.orderId, short: [{ sku: 'MUG', requested: 4, available: 3 }] },
    ]);
  });

  it.each([[[]], [[['MUG', 0]]], [[['MUG', -1]]], [[['MUG', 1.5]]]] as [[string, number][]][])(
    'refuses the lines %j as a mistake of its caller',
    (list) => {
      expect(() => decideHolds([anOrder(...list)], new Map([['MUG', 5]]))).toThrow(RangeError);
    },
  );

  it('never gives away more than there is, refuses nobody without need, and decides a list as it decides one by one', () => {
    fc.assert(
      fc.property(orders, stock, (requests, available) => {
        const left = new Map(available);
        const decisions = decideHolds(requests, available);
        expect(decisions).toHaveLength(requests.length);
        for (const [place, request] of requests.entries()) {
          const wanted = totals(request.lines);
          const fits = [...wanted].every(([key, units]) => units <= (left.get(key) ?? 0));
          const decision = decisions[place]!;
          expect(decision).toEqual(decideHolds([request], left)[0]);
          expect('lines' in decision).toBe(fits);
          if ('lines' in decision) {
            expect(totals(decision.lines)).toEqual(wanted);
            for (const [key, units] of wanted) left.set(key, left.get(key)! - units);
          } else {
            expect(decision.short.every(({ requested, available: has }) => has < requested)).toBe(true);
          }
        }
        expect([...left.values()].every((units) => units >= 0)).toBe(true);
      }),
    );
  });
});
