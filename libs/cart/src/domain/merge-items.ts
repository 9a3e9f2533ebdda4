import { LINES_MAX } from './cart-limits.js';

interface Units {
  readonly sku: string;
  readonly quantity: number;
}

/**
 * The items of two carts as one: quantities are added up to the limit of each product, and lines of `theirs` come after those of `ours`
 * as long as there is room for them. A cart that is over a limit already stays as it is: nothing is taken from a buyer.
 *
 * @param unitsMaxOf how many units of a SKU a cart takes
 */
export function mergeItems(
  ours: readonly Units[],
  theirs: readonly Units[],
  unitsMaxOf: (sku: string) => number,
): Units[] {
  const merged = new Map(ours.map(({ sku, quantity }) => [sku, quantity]));
  for (const { sku, quantity } of theirs) {
    const present = merged.get(sku);
    if (present === undefined && merged.size >= LINES_MAX) continue;
    const sum = (present ?? 0) + quantity;
    merged.set(sku, Math.max(present ?? 0, Math.min(sum, unitsMaxOf(sku))));
  }
  return [...merged].map(([sku, quantity]) => ({ sku, quantity }));
}
