import type { HoldLine, HoldRequest } from '#contracts';
import type { ShortLine } from './inventory.errors.js';

export type HoldDecision =
  | { readonly orderId: HoldRequest['orderId']; readonly lines: readonly HoldLine[] }
  | { readonly orderId: HoldRequest['orderId']; readonly short: readonly ShortLine[] };

/**
 * Decides who gets what: in the order of the requests, all lines of an order or none. A SKU named twice in an order counts as the sum.
 *
 * @param available units left of each SKU; an absent one has none
 * @throws {RangeError} for an order without lines or a quantity that is not a positive whole number: a mistake of the caller.
 */
export function decideHolds(requests: readonly HoldRequest[], available: ReadonlyMap<string, number>): HoldDecision[] {
  const left = new Map(available);
  return requests.map(({ orderId, lines: asked }) => {
    const lines = oneLineASku(asked);
    const short = lines
      .map(({ sku, quantity }) => ({ sku, requested: quantity, available: left.get(sku) ?? 0 }))
      .filter((line) => line.requested > line.available);
    if (short.length > 0) return { orderId, short };
    for (const { sku, quantity } of lines) left.set(sku, (left.get(sku) ?? 0) - quantity);
    return { orderId, lines };
  });
}

function oneLineASku(lines: readonly HoldLine[]): HoldLine[] {
  if (lines.length === 0) throw new RangeError('A hold needs at least one line.');
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) {
    if (!Number.isSafeInteger(quantity) || quantity < 1) {
      throw new RangeError(`A hold takes whole positive quantities, not ${quantity} of ${sku}.`);
    }
    quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  }
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}
