import type { Id } from '#kernel';
import type { Discount } from '../persistence/discount.entity.js';

export type LimitedDiscount = Pick<Discount, 'used' | 'usesMax' | 'usesMaxPerBuyer'>;

export interface RequestedUse {
  readonly orderId: Id<'order'>;
  readonly code: string;
  readonly customerId: string | null;
  readonly emailHash: string;
}

type BuyersUse = Omit<RequestedUse, 'orderId'>;

/**
 * Which of these may be, in their order: an earlier one wins the last use. A buyer is known by the e-mail address or as a customer, and
 * each use that agrees in one of them counts.
 *
 * @param discounts locked by the caller @param present uses that these buyers have already
 */
export function decideUses(
  requests: readonly RequestedUse[],
  discounts: ReadonlyMap<string, LimitedDiscount>,
  present: readonly BuyersUse[],
): boolean[] {
  const granted: BuyersUse[] = [];
  return requests.map((request) => {
    const discount = discounts.get(request.code);
    if (discount === undefined) return false;
    const { used, usesMax, usesMaxPerBuyer } = discount;
    const taken = granted.filter(({ code }) => code === request.code).length;
    const ofBuyer =
      usesMaxPerBuyer === null ? 0 : [...present, ...granted].filter((use) => isOfBuyer(use, request)).length;
    const isGranted = used + taken < (usesMax ?? Infinity) && ofBuyer < (usesMaxPerBuyer ?? Infinity);
    if (isGranted) granted.push(request);
    return isGranted;
  });
}

const isOfBuyer = (use: BuyersUse, request: BuyersUse): boolean =>
  use.code === request.code &&
  (use.emailHash === request.emailHash || (use.customerId !== null && use.customerId === request.customerId));
