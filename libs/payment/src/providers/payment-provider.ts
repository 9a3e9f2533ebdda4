import type { Id, Money } from '#kernel';
import type { LedgerPage, Period, ProviderPayment, ProviderRefund } from './provider-answers.js';
import type { ProviderEvent, WebhookRequest } from './provider-events.js';

/** A payment that is to be made at the provider. */
export interface NewPayment {
  /** The idempotency key: what is created twice under it, with the same members, is taken once. */
  readonly paymentId: Id<'pay'>;
  /** Our reference in the provider's ledger. */
  readonly orderId: Id<'order'>;
  readonly amount: Money;
  /** Stands for the buyer's means of payment; made by the provider in the buyer's browser. */
  readonly token: string;
  /** `manual`: only authorized; `capture` takes the money later. */
  readonly capture: 'automatic' | 'manual';
  /** Where the buyer comes back to after a step of their own. */
  readonly returnUrl?: string | undefined;
  /** When it was first sent, or was about to be. */
  readonly since: Date;
}

/** A payment that may be known to the provider. */
export interface KnownPayment {
  readonly paymentId: Id<'pay'>;
  /** The provider's own id, as soon as it has given it. */
  readonly reference?: string | undefined;
}

/** A payment that the provider has named. */
export interface ReferencedPayment extends KnownPayment {
  readonly reference: string;
}

export interface NewRefund {
  /** The idempotency key. */
  readonly refundId: Id<'rfd'>;
  readonly payment: ReferencedPayment;
  readonly amount: Money;
}

export interface KnownRefund {
  readonly refundId: Id<'rfd'>;
  readonly payment: ReferencedPayment;
  readonly reference?: string | undefined;
}

/**
 * Who takes the money. Always called outside transactions and locks. An error of a method says nothing about the money, except
 * `CallNotExecuted`: this very call did nothing, though an earlier one with the same key may have.
 */
export abstract class PaymentProvider {
  /** Lower-case name, which clients see and attempts keep: `sandbox`. */
  abstract readonly name: string;

  /** For how long after the first `create` a repetition with the same key is recognised, in milliseconds. */
  abstract readonly keysKeptMs: number;

  /** Why a payment with this token cannot even be tried; undefined for a token that can. */
  abstract refusalOf(token: string): string | undefined;

  abstract create(payment: NewPayment, signal: AbortSignal): Promise<ProviderPayment>;

  /** Takes an authorized payment. */
  abstract capture(payment: ReferencedPayment, signal: AbortSignal): Promise<ProviderPayment>;

  /** Gives up a payment of which nothing was taken. Answers what it is then: one that was taken meanwhile is `captured`. */
  abstract void(payment: ReferencedPayment, signal: AbortSignal): Promise<ProviderPayment>;

  /**
   * What became of a payment. Undefined when the provider finds none under the key. A payment on its way can still arrive after that, so
   * only a repetition of `create` settles it.
   */
  abstract status(payment: KnownPayment, signal: AbortSignal): Promise<ProviderPayment | undefined>;

  abstract refund(refund: NewRefund, signal: AbortSignal): Promise<ProviderRefund>;

  /** Undefined when the provider finds none. */
  abstract refundStatus(refund: KnownRefund, signal: AbortSignal): Promise<ProviderRefund | undefined>;

  /**
   * The payments that were created in the period, a page at a time, each once. A payment that was created before the first page was asked
   * for is on one of them.
   *
   * @param cursor what the last page named as `next`; undefined for the first page
   */
  abstract list(period: Period, cursor: string | undefined, signal: AbortSignal): Promise<LedgerPage>;

  /**
   * Checks the signature over the raw bytes in constant time, and its age, then reads the event.
   *
   * @throws {InvalidWebhookSignature}
   */
  abstract parseWebhook(request: WebhookRequest, now: Date): ProviderEvent;
}

/** The call was refused before it could do anything: the provider is too busy, or not to be reached. */
export class CallNotExecuted extends Error {}
