import type { HoldLine, HoldRequest } from '#contracts';
import { allocate, type Allocation, type LevelLeft } from './allocate.js';
import type { ShortLine } from './inventory.errors.js';
import { sumBySku } from './sum-by-sku.js';

export type HoldDecision =
  | { readonly orderId: HoldRequest['orderId']; readonly allocations: readonly Allocation[] }
  | { readonly orderId: HoldRequest['orderId']; readonly short: readonly ShortLine[] };

/**
 * Decides who gets what from where: in the order of the requests, all lines of an order or none. A SKU named twice in an order counts as the sum.
 *
 * @param levels of active locations; a SKU without one has no units
 * @throws {RangeError} for an order without lines or a quantity that is not a positive whole number: a mistake of the caller.
 */
export function decideHolds(requests: readonly HoldRequest[], levels: readonly LevelLeft[]): HoldDecision[] {
  const left = new StockLeft(levels);
  return requests.map(({ orderId, lines: asked }) => {
    const lines = oneLineASku(asked);
    const allocations = allocate(
      lines,
      lines.flatMap(({ sku }) => left.of(sku)),
    );
    if (allocations === undefined) return { orderId, short: left.shortOf(lines) };
    left.take(allocations);
    return { orderId, allocations };
  });
}

/** What is left while orders are decided one after the other. */
class StockLeft {
  private readonly levels = new Map<string, LevelLeft[]>();

  constructor(levels: readonly LevelLeft[]) {
    for (const level of levels) this.levels.set(level.sku, [...(this.levels.get(level.sku) ?? []), level]);
  }

  of(sku: string): readonly LevelLeft[] {
    return this.levels.get(sku) ?? [];
  }

  take(allocations: readonly Allocation[]): void {
    for (const { sku, location, quantity } of allocations) {
      const levels = this.of(sku).map((level) => (level.location === location ? less(level, quantity) : level));
      this.levels.set(sku, levels);
    }
  }

  shortOf(lines: readonly HoldLine[]): ShortLine[] {
    return lines
      .map(({ sku, quantity }) => ({
        sku,
        requested: quantity,
        available: this.of(sku).reduce((sum, { promisable }) => sum + Math.max(0, promisable), 0),
      }))
      .filter((line) => line.requested > line.available);
  }
}

const less = (level: LevelLeft, units: number): LevelLeft => ({
  ...level,
  inHand: Math.max(0, level.inHand - units),
  promisable: level.promisable - units,
});

function oneLineASku(lines: readonly HoldLine[]): HoldLine[] {
  if (lines.length === 0) throw new RangeError('A hold needs at least one line.');
  for (const { sku, quantity } of lines) {
    if (!Number.isSafeInteger(quantity) || quantity < 1) {
      throw new RangeError(`A hold takes whole positive quantities, not ${quantity} of ${sku}.`);
    }
  }
  return [...sumBySku(lines)].map(([sku, quantity]) => ({ sku, quantity }));
}
