import { z } from 'zod';
import { discountExhausted, discountNotValid } from '#contracts';
import { DomainError, type Money } from '#kernel';

const notFound = (code: string, title: string) => ({ code, kind: 'not_found', title }) as const;

export class DeliveryMethodNotFound extends DomainError {
  static override readonly problem = notFound('delivery_method_not_found', 'Delivery method not found');
  constructor() {
    super('There is no such delivery method. GET /v1/admin/delivery-methods lists them.');
  }
}

export class TaxRateNotFound extends DomainError {
  static override readonly problem = notFound('tax_rate_not_found', 'Tax rate not found');
  constructor() {
    super('This country has no tax rate, so it is not taxed. GET /v1/admin/tax-rates lists those that have one.');
  }
}

export class DiscountNotFound extends DomainError {
  static override readonly problem = notFound('discount_not_found', 'Discount not found');
  constructor() {
    super('There is no such discount code. GET /v1/admin/discounts lists them.');
  }
}

/** Orders hold more uses than the new limit allows. */
export class DiscountLimitBelowUses extends DomainError {
  static override readonly problem = {
    code: 'discount_limit_below_uses',
    kind: 'conflict',
    title: 'Limit is below the uses',
    members: z.object({ used: z.int() }),
  } as const;
  constructor(used: number) {
    super(`Orders hold ${used} uses. Set usesMax to ${used} or more; with active: false nobody gets another one.`, {
      used,
    });
  }
}

export type InvalidReason = 'unknown' | 'not_yet' | 'expired' | 'currency' | 'minimum';

const ADVICE: Readonly<Record<InvalidReason, string>> = {
  unknown: 'There is no such discount code. Check it, or order without it.',
  not_yet: 'The discount code is not valid yet. Order without it, or later.',
  expired: 'The discount code is not valid any more. Order without it.',
  currency: 'The discount code is for carts of another currency. Order without it.',
  minimum: 'The cart is not worth enough for this discount code. Add items, or order without it.',
};

export class DiscountNotValid extends DomainError {
  static override readonly problem = discountNotValid;
  constructor(code: string, reason: InvalidReason, more: { readonly minSubtotal?: Money } = {}) {
    super(ADVICE[reason], { discountCode: code, reason, ...more });
  }
}

export class DiscountExhausted extends DomainError {
  static override readonly problem = discountExhausted;
  constructor(code: string) {
    super('The discount code is used up, or you have used it as often as one buyer may. Order without it.', {
      discountCode: code,
    });
  }
}
