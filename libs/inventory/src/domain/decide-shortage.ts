import type { ReservationStatus } from './transitions.js';

/** A live reservation of a level. */
export interface LevelHold {
  readonly orderId: string;
  readonly quantity: number;
  readonly status: ReservationStatus;
  readonly heldAt: Date;
}

const RANKS: readonly ReservationStatus[] = ['committed', 'extended', 'held'];

/**
 * Which holds find nothing when a level can serve only so many units: paid orders are served first, then those whose payment is under
 * way, then whoever came first. A hold that does not fit is passed over, so that a smaller one behind it may still be served.
 */
export function decideShortage<Hold extends LevelHold>(holds: readonly Hold[], units: number): Hold[] {
  let left = units;
  return holds
    .toSorted(
      (one, other) =>
        RANKS.indexOf(one.status) - RANKS.indexOf(other.status) ||
        one.heldAt.getTime() - other.heldAt.getTime() ||
        (one.orderId < other.orderId ? -1 : 1),
    )
    .filter(({ quantity }) => {
      if (quantity > left) return true;
      left -= quantity;
      return false;
    });
}
