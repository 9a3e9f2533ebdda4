import type { Reader, Tx } from '#database';
import type { Id, Money } from '#kernel';

export interface ClaimedCapture {
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly amount: Money;
}

/**
 * Why money fits no order: it has ended or never was, is being cancelled, another payment has paid it, the money is of another currency,
 * more than the total, or less and nobody accepted that.
 */
export type UnfitCause =
  'order_ended' | 'order_not_found' | 'cancelled' | 'second_payment' | 'wrong_currency' | 'overpaid' | 'short_payment';

/** Money that was taken and is to be given back. */
export interface UnfitCapture {
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly cause: UnfitCause;
  /** Undefined: all of it. */
  readonly amount?: Money | undefined;
}

/** What is known of the disputes about a payment: `lost` and `open` if one of them is, otherwise all are `won`. */
export interface DisputeState {
  readonly status: 'open' | 'won' | 'lost';
  readonly captured: Money;
  readonly refundedTotal: Money;
}

/**
 * How far the money of a payment is given back. `given_back`: nothing of it is left. `not_taken`: it was never taken, and is not promised
 * any more. `under_way`: all that is left is asked for, and the provider is still to say. `waits`: a refund was refused for good, or a bank asks for the money; a
 * person has to see to it. `open`: something is left and nobody has asked for it.
 */
export type GivingBack = 'given_back' | 'not_taken' | 'under_way' | 'waits' | 'open';

/** Whether money has come. Implemented by the payment module. */
export abstract class CapturedPayments {
  /** For each claim, in its order: whether that attempt has taken that amount for that order. One statement for the list. */
  abstract areCaptured(db: Reader, claims: readonly ClaimedCapture[]): Promise<boolean[]>;

  /** The same for promised money, which may have been captured since. `given_up`: it was promised, and is not any more. */
  abstract areAuthorized(tx: Tx, claims: readonly ClaimedCapture[]): Promise<('yes' | 'given_up' | 'no')[]>;

  /** How the disputes about a captured payment stand now. */
  abstract disputeOf(db: Reader, paymentId: Id<'pay'>): Promise<DisputeState>;

  /** How far the money of a payment is given back. */
  abstract givingBackOf(db: Reader, paymentId: Id<'pay'>): Promise<GivingBack>;

  /** Has money given back, or given up where it is only promised. For a capture of which nothing is left it does nothing. */
  abstract giveBack(tx: Tx, captures: readonly UnfitCapture[]): Promise<void>;
}
