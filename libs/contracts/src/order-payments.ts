import type { Reader, Tx } from '#database';
import type { ExpectedVersions, Id, Money } from '#kernel';
import type { BuyerCredentials } from './checkout-carts.js';

/** Who pays. */
export interface Payer extends BuyerCredentials {
  readonly actor: string;
  /** Versions of the order that they accept. */
  readonly expected?: ExpectedVersions;
}

/** What the payment module asks of orders. Implemented by the order module. */
export abstract class OrderPayments {
  /** Returns the cart that the order was made from. @throws `order_not_found` when the credentials do not open the order. */
  abstract assertAccess(db: Reader, orderId: Id<'order'>, buyer: BuyerCredentials): Promise<Id<'cart'>>;

  /**
   * Locks the order's row, prolongs its hold and notes that a payment is under way. Returns what is due.
   *
   * @throws `order_not_found`, `stale_version`, `already_paid`, `payment_in_progress`, `order_not_payable` (its state or its hold has ended).
   */
  abstract start(tx: Tx, orderId: Id<'order'>, payer: Payer): Promise<Money>;

  /** The payment that has paid the order; null while none has. */
  abstract paidBy(db: Reader, orderId: Id<'order'>): Promise<Id<'pay'> | null>;

  /** The attempt ended without money: its hold ends when it was to end before, and the order can be paid again until then. */
  abstract failed(tx: Tx, orderId: Id<'order'>): Promise<void>;

  /** The outcome is not known yet: keeps the order and its hold alive until it is. */
  abstract extendWhilePaymentPending(tx: Tx, orderId: Id<'order'>): Promise<void>;
}
