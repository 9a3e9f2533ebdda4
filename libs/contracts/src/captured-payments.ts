import type { Reader, Tx } from '#database';
import type { Id, Money } from '#kernel';

export interface ClaimedCapture {
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly amount: Money;
}

/** Money that was taken and fits no order: its order has ended, another payment has paid it, or there is none. */
export interface UnfitCapture {
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly cause: 'order_ended' | 'second_payment' | 'order_not_found';
}

/** Whether money has come. Implemented by the payment module. */
export abstract class CapturedPayments {
  /** For each claim, in its order: whether that attempt has taken that amount for that order. One statement for the list. */
  abstract areCaptured(db: Reader, claims: readonly ClaimedCapture[]): Promise<boolean[]>;

  /** Has the whole of each capture given back. Asked again for one that is being given back, it does nothing. */
  abstract giveBack(tx: Tx, captures: readonly UnfitCapture[]): Promise<void>;
}
