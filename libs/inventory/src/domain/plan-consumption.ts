import { sumBySku } from './sum-by-sku.js';
import type { HoldLine } from '#contracts';

/** What an order holds of a level and has not been shipped. */
export interface ConsumableHold {
  readonly sku: string;
  readonly location: string;
  readonly heldSequence: number;
  readonly units: number;
}

export interface ConsumableLevel {
  readonly sku: string;
  readonly location: string;
  readonly onHand: number;
  readonly reserved: number;
}

/** Units of a reservation that left a location, mostly that of the reservation itself. */
export interface Consumption extends ConsumableHold {
  readonly source: string;
}

export type ConsumptionPlan =
  { readonly consumptions: readonly Consumption[] } | { readonly sku: string; readonly lacks: 'hold' | 'goods' };

/**
 * Decides which reservations a shipment consumes and what location the goods leave. First come reservations at the location of the
 * shipment. Then the others, with goods of the shipment's location that nobody holds as long as there are some, after that with goods
 * that lie where the reservation is. No level gives more than lies there.
 *
 * @param from the location of the shipment, null for wherever the order holds its goods
 */
export function planConsumption(
  lines: readonly HoldLine[],
  holds: readonly ConsumableHold[],
  levels: readonly ConsumableLevel[],
  from: string | null,
): ConsumptionPlan {
  const consumptions: Consumption[] = [];
  for (const [sku, quantity] of sumBySku(lines)) {
    const own = holds.filter((hold) => hold.sku === sku);
    if (own.reduce((sum, { units }) => sum + units, 0) < quantity) return { sku, lacks: 'hold' };
    const goods = levels.filter((level) => level.sku === sku);
    const taken = consume(quantity, own, goods, from);
    if (taken === undefined) return { sku, lacks: 'goods' };
    consumptions.push(...taken);
  }
  return { consumptions };
}

function consume(
  quantity: number,
  holds: readonly ConsumableHold[],
  levels: readonly ConsumableLevel[],
  from: string | null,
): Consumption[] | undefined {
  const onHand = new Map(levels.map((level) => [level.location, level.onHand]));
  const shipped = levels.find(({ location }) => location === from);
  let unheld = shipped === undefined ? 0 : Math.max(0, shipped.onHand - shipped.reserved);
  let missing = quantity;
  const taken: Consumption[] = [];
  const take = (hold: ConsumableHold, source: string, most: number): number => {
    const units = Math.max(0, Math.min(missing, most));
    if (units > 0) taken.push({ ...hold, units, source });
    missing -= units;
    return units;
  };
  for (const hold of holds.toSorted((one, other) => Number(other.location === from) - Number(one.location === from))) {
    let left = hold.units;
    if (from !== null && hold.location !== from) {
      const units = take(hold, from, Math.min(left, unheld));
      unheld -= units;
      left -= units;
    }
    const here = onHand.get(hold.location) ?? 0;
    onHand.set(hold.location, here - take(hold, hold.location, Math.min(left, here)));
  }
  return missing === 0 ? taken : undefined;
}
