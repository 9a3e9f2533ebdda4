import type { Reader, Tx } from '#database';
import type { Currency, DomainError, ExpectedVersions, Id } from '#kernel';

/** By what a buyer opens a cart or the order made from it. */
export interface BuyerCredentials {
  /** SHA-256 of the Cart-Token header, hexadecimal. */
  readonly cartTokenHash?: string | undefined;
  /** Subject of the customer's verified bearer token. */
  readonly customerId?: string | undefined;
  /** Staff who act for every buyer: it opens every order, and no cart. */
  readonly anyBuyer?: boolean | undefined;
}

export interface CartForCheckout {
  readonly cartId: Id<'cart'>;
  readonly currency: Currency;
  /** At least one, each SKU once. */
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly owner: BuyerCredentials;
  /** The code that the buyer has put to it. */
  readonly discountCode: string | null;
}

export interface CheckoutRequest {
  readonly cartId: Id<'cart'>;
  readonly buyer: BuyerCredentials;
  /** Versions of the cart that the buyer accepts. */
  readonly expected?: ExpectedVersions;
}

export type CheckoutOutcome = { readonly cart: CartForCheckout } | { readonly error: DomainError };

/** Turning carts into orders. Implemented by the cart module. */
export abstract class CheckoutCarts {
  /** @throws `cart_not_found` when the credentials do not open the cart. */
  abstract assertAccess(db: Reader, cartId: Id<'cart'>, buyer: BuyerCredentials): Promise<void>;

  /** SKUs of the carts as they are now, to know which locks to take. Carts that their buyer's credentials do not open have none. */
  abstract skusOf(db: Reader, requests: readonly CheckoutRequest[]): Promise<string[]>;

  /**
   * Locks the carts' rows and reads them. Refused with `cart_not_found` (also when the credentials do not open it), `cart_empty`,
   * `cart_already_ordered` with `orderId`, or `stale_version`. Outcomes come in the order of the requests.
   */
  abstract lockForCheckout(tx: Tx, requests: readonly CheckoutRequest[]): Promise<CheckoutOutcome[]>;

  /** Marks locked carts as ordered. */
  abstract markOrdered(
    tx: Tx,
    carts: readonly { readonly cartId: Id<'cart'>; readonly orderId: Id<'order'> }[],
  ): Promise<void>;
}
