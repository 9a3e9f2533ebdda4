import type { OrderToFulfil } from '#contracts';
import { Money } from '#kernel';
import { RefundExceedsOrder } from './fulfilment.errors.js';

/** What was paid for a line of the order, and which of its units come back. */
export interface ReturnedUnits {
  readonly lineTotal: number;
  readonly ordered: number;
  /** Units of the line that came back before. */
  readonly before: number;
  readonly units: number;
}

/** What staff give back for a return: an amount, nothing, or by default the prices of the units. */
export type AskedRefund = Money | 'none' | undefined;

/**
 * The price of returned units in minor units. A line's total that cannot be divided is shared so that the parts, rounded down in sum, add up
 * to exactly that total when all units have come back, in however many returns.
 */
export function priceOfUnits({ lineTotal, ordered, before, units }: ReturnedUnits): number {
  const upTo = (count: number) => Number((BigInt(lineTotal) * BigInt(count)) / BigInt(ordered));
  return upTo(before + units) - upTo(before);
}

/**
 * @param asked of earlier returns of the order, in minor units
 * @returns null where nothing is to be given back
 * @throws {RefundExceedsOrder} for an amount that staff name; prices are cut to what is left of the total
 */
export function refundFor(
  order: Pick<OrderToFulfil, 'total' | 'currency'>,
  returned: readonly ReturnedUnits[],
  asked: number,
  wanted: AskedRefund,
): Money | null {
  if (wanted === 'none') return null;
  const left = Math.max(0, order.total - asked);
  if (wanted !== undefined) {
    const fits = wanted.currency === order.currency && wanted.amount <= left;
    if (!fits) throw new RefundExceedsOrder(Money.of(left, order.currency));
    return wanted;
  }
  const prices = returned.reduce((sum, units) => sum + priceOfUnits(units), 0);
  const amount = Math.min(prices, left);
  return amount === 0 ? null : Money.of(amount, order.currency);
}
