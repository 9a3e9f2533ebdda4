import type { Reader } from '#database';
import type { Id, Money } from '#kernel';

export interface ClaimedCapture {
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly amount: Money;
}

/** Whether money has come. Implemented by the payment module. */
export abstract class CapturedPayments {
  /** For each claim, in its order: whether that attempt has taken that amount for that order. One statement for the list. */
  abstract areCaptured(db: Reader, claims: readonly ClaimedCapture[]): Promise<boolean[]>;
}
