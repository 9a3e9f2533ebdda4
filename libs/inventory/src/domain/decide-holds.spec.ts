/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, dictionary, integer, property, record } from 'fast-check';
import type { HoldLine, HoldRequest } from '#contracts';
import { newId } from '#kernel';
import type { LevelLeft } from './allocate.js';
import { decideHolds as decide } from './decide-holds.js';

const anOrder = (...lines: [sku: string, quantity: number][]): HoldRequest => ({
  orderId: newId('order'),
  lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
});

/** So many units of each SKU at one location. */
const atOnePlace = (units: ReadonlyMap<string, number>): LevelLeft[] =>
  [...units].map(([key, left]) => ({ sku: key, location: 'default', priority: 0, inHand: left, promisable: left }));

/** With one location, and what was granted as lines. */
const decideHolds = (requests: readonly HoldRequest[], units: ReadonlyMap<string, number>) =>
  decide(requests, atOnePlace(units)).map((decision) =>
    'short' in decision
      ? decision
      : {
          orderId: decision.orderId,
          lines: decision.allocations.map((each) => ({ sku: each.sku, quantity: each.quantity })),
        },
  );

const sku = constantFrom('A', 'B', 'C', 'D');
const lines = array(record({ sku, quantity: integer({ min: 1, max: 6 }) }), { minLength: 1, maxLength: 6 });
const orders = array(
  lines.map((list): HoldRequest => ({ orderId: newId('order'), lines: list })),
  { maxLength: 20 },
);
const stock = dictionary(sku, integer({ min: 0, max: 30 }), { noNullPrototype: true });

const unitsOf = (list: readonly HoldLine[], of: string): number =>
  list.filter((line) => line.sku === of).reduce((sum, { quantity }) => sum + quantity, 0);

/** The rule in its plainest words: one order after the other, all or nothing. */
function byTheRule(requests: readonly HoldRequest[], units: Record<string, number>): boolean[] {
  const left = new Map(Object.entries(units));
  return requests.map(({ lines: list }) => {
    const skus = [...new Set(list.map((line) => line.sku))];
    const fits = skus.every((key) => unitsOf(list, key) <= (left.get(key) ?? 0));
    if (fits) for (const key of skus) left.set(key, left.get(key)! - unitsOf(list, key));
    return fits;
  });
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

  it('never gives away more than there is, refuses nobody without need, and names just the lines that are short', () => {
    assert(
      property(orders, stock, (requests, units) => {
        const decisions = decideHolds(requests, new Map(Object.entries(units)));
        expect(decisions.map((decision) => 'lines' in decision)).toEqual(byTheRule(requests, units));
        const given = decisions.flatMap((decision) => ('lines' in decision ? decision.lines : []));
        for (const key of ['A', 'B', 'C', 'D']) expect(unitsOf(given, key)).toBeLessThanOrEqual(units[key] ?? 0);
        const short = decisions.flatMap((decision) => ('short' in decision ? decision.short : []));
        expect(short.filter(({ requested, available }) => available < 0 || requested <= available)).toEqual([]);
      }),
    );
  });
});
