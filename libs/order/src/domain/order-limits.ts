import type { HoldLine } from '#contracts';
import type { DomainError } from '#kernel';
import { HeldUnitsLimit, OpenOrdersLimit } from './order.errors.js';

/** What one caller may keep unpaid. */
export interface OrderLimits {
  readonly openOrders: number;
  readonly heldUnits: number;
}

/** What one caller keeps unpaid now. */
export interface OpenOrders {
  readonly orders: number;
  readonly units: number;
}

export interface CountedOrder {
  /** Undefined for a caller without limits. */
  readonly callerKey: string | undefined;
  readonly lines: readonly HoldLine[];
  /** Minor units. An order with the total 0 is paid by being placed, so it is not counted. */
  readonly total: number;
}

/**
 * Which of the orders pass a limit of their caller, in the order of the list: an earlier order takes what is left. It counts also when
 * its stock turns out to be short, so a list may be refused more than its orders one by one, and never less.
 *
 * @param open by caller, as of now; an absent caller has none
 * @returns for each order why it is refused; undefined where it is not
 */
export function decideLimits(
  orders: readonly CountedOrder[],
  open: ReadonlyMap<string, OpenOrders>,
  limits: OrderLimits,
): (DomainError | undefined)[] {
  const counted = new Map(open);
  return orders.map(({ callerKey, lines, total }) => {
    if (callerKey === undefined || total === 0) return undefined;
    const requested = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    const known = counted.get(callerKey) ?? { orders: 0, units: 0 };
    if (known.units + requested > limits.heldUnits) return new HeldUnitsLimit(limits.heldUnits, requested);
    if (known.orders + 1 > limits.openOrders) return new OpenOrdersLimit(limits.openOrders);
    counted.set(callerKey, { orders: known.orders + 1, units: known.units + requested });
    return undefined;
  });
}
