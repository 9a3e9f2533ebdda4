/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { assert, integer, property, record, uniqueArray } from 'fast-check';
import { LINES_MAX } from './cart-limits.js';
import { mergeItems } from './merge-items.js';

const LIMIT = 10;
const items = uniqueArray(
  record({ sku: integer({ min: 1, max: 150 }).map(String), quantity: integer({ min: 1, max: LIMIT }) }),
  { selector: ({ sku }) => sku, maxLength: LINES_MAX },
);

describe('the items of two carts', () => {
  it('are added up to the limit of each product, ours first', () => {
    const ours = [
      { sku: 'A', quantity: 8 },
      { sku: 'B', quantity: 1 },
    ];
    const theirs = [
      { sku: 'C', quantity: 4 },
      { sku: 'A', quantity: 5 },
    ];
    expect(mergeItems(ours, theirs, () => LIMIT)).toEqual([
      { sku: 'A', quantity: 10 },
      { sku: 'B', quantity: 1 },
      { sku: 'C', quantity: 4 },
    ]);
  });

  it('keep what a cart has above a limit that was lowered since', () => {
    const ours = [{ sku: 'A', quantity: 20 }];
    expect(mergeItems(ours, [{ sku: 'A', quantity: 1 }], () => LIMIT)).toEqual(ours);
  });

  it('stay within the limits, lose nothing of ours, and take nothing that nobody has picked', () => {
    assert(
      property(items, items, (ours, theirs) => {
        const merged = new Map(mergeItems(ours, theirs, () => LIMIT).map(({ sku, quantity }) => [sku, quantity]));
        const [left, right] = [ours, theirs].map((cart) => new Map(cart.map(({ sku, quantity }) => [sku, quantity])));
        const sumOf = (sku: string) => (left!.get(sku) ?? 0) + (right!.get(sku) ?? 0);
        expect(merged.size).toBe(Math.min(LINES_MAX, new Set([...left!.keys(), ...right!.keys()]).size));
        for (const { sku, quantity } of ours) expect(merged.get(sku)).toBeGreaterThanOrEqual(quantity);
        for (const [sku, quantity] of merged) expect(quantity).toBe(Math.min(LIMIT, sumOf(sku)));
      }),
    );
  });
});
