/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { assert, constantFrom, integer, property, record, uniqueArray } from 'fast-check';
import { allocate, type LevelLeft } from './allocate.js';

const level = (
  location: string,
  sku: string,
  inHand: number,
  ...[priority = 1, backorders = 0]: number[]
): LevelLeft => ({
  location,
  sku,
  priority,
  inHand,
  promisable: inHand + backorders,
});

const allocated = (lines: Record<string, number>, levels: readonly LevelLeft[]) =>
  allocate(
    Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })),
    levels,
  )?.map(({ sku, location, quantity }) => `${quantity} ${sku} from ${location}`);

describe('allocating an order', () => {
  it('takes all of it from one location if one has it, though another comes first and has a part', () => {
    const levels = [level('a', 'MUG', 9, 0), level('b', 'MUG', 9, 1), level('b', 'PEN', 9, 1)];
    expect(allocated({ MUG: 2, PEN: 1 }, levels)).toEqual(['2 MUG from b', '1 PEN from b']);
  });

  it('prefers the location with the lowest priority number among those that have all of it', () => {
    expect(allocated({ MUG: 2 }, [level('a', 'MUG', 9, 2), level('b', 'MUG', 9, 1)])).toEqual(['2 MUG from b']);
  });

  it('splits it over the fewest locations, not over those that come first', () => {
    const levels = [level('a', 'MUG', 2, 0), level('b', 'MUG', 2, 1), level('c', 'MUG', 5, 2), level('d', 'MUG', 4, 3)];
    expect(allocated({ MUG: 7 }, levels)).toEqual(['2 MUG from a', '5 MUG from c']);
  });

  it('takes one line from several locations when none has all of it', () => {
    expect(allocated({ MUG: 5 }, [level('a', 'MUG', 3), level('b', 'MUG', 3)])).toEqual([
      '3 MUG from a',
      '2 MUG from b',
    ]);
  });

  it('makes backorders only when what lies in the shop does not suffice', () => {
    const levels = [level('a', 'MUG', 1, 0, 9), level('b', 'MUG', 2, 1)];
    expect(allocated({ MUG: 2 }, levels)).toEqual(['2 MUG from b']);
    expect(allocated({ MUG: 4 }, levels)).toEqual(['4 MUG from a']);
    expect(allocated({ MUG: 13 }, levels)).toBeUndefined();
  });

  it('serves an order as long as all locations together have enough, exactly, and gives none more than it has', () => {
    const levels = uniqueArray(
      record({
        sku: constantFrom('A', 'B', 'C'),
        location: constantFrom(...Array.from({ length: 14 }, (_, place) => `place-${place}`)),
        priority: integer({ min: 0, max: 3 }),
        inHand: integer({ min: 0, max: 5 }),
        promisable: integer({ min: 0, max: 7 }),
      }),
      { selector: ({ sku, location }) => `${sku} ${location}`, maxLength: 42 },
    );
    const lines = uniqueArray(record({ sku: constantFrom('A', 'B', 'C'), quantity: integer({ min: 1, max: 30 }) }), {
      selector: ({ sku }) => sku,
      minLength: 1,
    });
    assert(
      property(lines, levels, (asked, drawn) => {
        const stock = drawn.map((each) => ({ ...each, promisable: Math.max(each.inHand, each.promisable) }));
        const has = (sku: string) =>
          stock.filter((each) => each.sku === sku).reduce((sum, each) => sum + each.promisable, 0);
        const result = allocate(asked, stock);
        expect(result !== undefined).toBe(asked.every(({ sku, quantity }) => quantity <= has(sku)));
        for (const { sku, location, quantity } of result ?? []) {
          const place = stock.find((each) => each.sku === sku && each.location === location);
          expect(quantity).toBeLessThanOrEqual(place?.promisable ?? 0);
        }
        for (const { sku, quantity } of result === undefined ? [] : asked) {
          const got = (result ?? []).filter((each) => each.sku === sku).reduce((sum, each) => sum + each.quantity, 0);
          expect(got).toBe(quantity);
        }
      }),
    );
  });
});
