import { z } from 'zod';
import type { Reader, Tx } from '#database';
import type { Currency, DomainError, Id } from '#kernel';

/** People type codes: case does not count. */
export const discountCode = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,40}$/, 'must be 1 to 40 letters, digits, - or _')
  .toUpperCase()
  .meta({ example: 'SPRING10' });

export interface DiscountRequest {
  readonly code: string;
  readonly currency: Currency;
  /** Of the lines, in minor units. */
  readonly subtotal: number;
}

/** The amount is in minor units and no more than the subtotal. */
export type DiscountOutcome = { readonly amount: number } | { readonly error: DomainError };

export interface DiscountUse {
  readonly orderId: Id<'order'>;
  readonly code: string;
  readonly customerId: string | undefined;
  readonly email: string;
}

/** Discount codes. Implemented by the pricing module; a shop with other promotions replaces it. */
export abstract class Discounts {
  /** What each code is worth now, or why it is not (`discount_not_valid`, `discount_exhausted`). One statement for the list. */
  abstract find(db: Reader, requests: readonly DiscountRequest[]): Promise<readonly DiscountOutcome[]>;

  /**
   * Takes a use for each of these orders, in the transaction that places them, or refuses it with `discount_exhausted`; an earlier one of the
   * list wins the last. The number of statements does not grow with the list.
   */
  abstract use(tx: Tx, uses: readonly DiscountUse[]): Promise<readonly (DomainError | undefined)[]>;

  /** Gives back what these orders have used, if anything. May be repeated. */
  abstract giveBack(tx: Tx, orderIds: readonly Id<'order'>[]): Promise<void>;
}
