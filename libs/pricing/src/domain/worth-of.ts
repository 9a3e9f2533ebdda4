import type { DiscountOutcome, DiscountRequest } from '#contracts';
import { Money } from '#kernel';
import type { Discount } from '../persistence/discount.entity.js';
import { DiscountExhausted, DiscountNotValid } from './pricing.errors.js';

/** An active discount, and how it stands now. */
export interface KnownDiscount extends Pick<Discount, 'amount' | 'basisPoints' | 'currency' | 'minSubtotal'> {
  readonly isEarly: boolean;
  readonly isOver: boolean;
  readonly isUsedUp: boolean;
}

const WHOLE = 10_000n;

/** What a code takes off a cart, never more than the subtotal; half a unit of a percentage is rounded up, away from zero. */
export function worthOf(
  discount: KnownDiscount | undefined,
  { code, currency, subtotal }: DiscountRequest,
): DiscountOutcome {
  if (discount === undefined) return { error: new DiscountNotValid(code, 'unknown') };
  if (discount.isEarly) return { error: new DiscountNotValid(code, 'not_yet') };
  if (discount.isOver) return { error: new DiscountNotValid(code, 'expired') };
  if (discount.currency !== null && discount.currency !== currency) {
    return { error: new DiscountNotValid(code, 'currency') };
  }
  if (subtotal < (discount.minSubtotal ?? 0)) {
    const minSubtotal = Money.of(discount.minSubtotal ?? 0, currency);
    return { error: new DiscountNotValid(code, 'minimum', { minSubtotal }) };
  }
  if (discount.isUsedUp) return { error: new DiscountExhausted(code) };
  return { amount: Math.min(subtotal, discount.amount ?? percentOf(subtotal, discount.basisPoints ?? 0)) };
}

const percentOf = (subtotal: number, basisPoints: number): number =>
  Number((2n * BigInt(subtotal) * BigInt(basisPoints) + WHOLE) / (2n * WHOLE));
