import type { Id, Money } from '#kernel';

/** What the buyer must do before a payment can go on. */
export type NextAction =
  /** Send the buyer's browser there; it comes back to the return URL. */
  | { readonly type: 'redirect'; readonly url: string }
  /** Give the secret to the provider's script in the buyer's browser. */
  | { readonly type: 'client'; readonly clientSecret: string };

interface Referenced<Status extends string> {
  readonly status: Status;
  /** The provider's own id of the payment. */
  readonly reference: string;
}

/** What the provider says of a payment. */
export type ProviderPayment =
  | (Referenced<'requires_action'> & { readonly nextAction: NextAction })
  /** Accepted; the outcome comes by webhook, or by asking. */
  | Referenced<'processing'>
  /** The money is promised, and taken by `capture`. */
  | (Referenced<'authorized'> & { readonly amount: Money })
  /** `amount` is what was really taken. */
  | (Referenced<'captured'> & { readonly amount: Money })
  | Referenced<'voided'>
  | { readonly status: 'declined'; readonly reference?: string | undefined; readonly declineCode: string }
  /** Nothing was taken, and nothing can be taken under this key any more. */
  | { readonly status: 'failed'; readonly reference?: string | undefined; readonly reason: string };

/** What the provider says of a refund. */
export type ProviderRefund =
  | Referenced<'submitted'>
  | Referenced<'succeeded'>
  /** Nothing was given back. The same key may be tried again only where `retryable`. */
  | {
      readonly status: 'failed';
      readonly reference?: string | undefined;
      readonly reason: string;
      readonly retryable: boolean;
    };

/** From `from` on and before `to`, both on whole seconds, by the provider's clock. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** One payment in the provider's ledger. */
export interface LedgerEntry {
  /** Undefined for a payment that somebody else made in the same account. */
  readonly paymentId: Id<'pay'> | undefined;
  readonly reference: string;
  readonly payment: ProviderPayment;
  /** What has been given back of it so far. Refunds that are under way may be part of it. */
  readonly refunded: Money;
}

export interface LedgerPage {
  readonly entries: readonly LedgerEntry[];
  /** Names the next page; undefined on the last one. */
  readonly next: string | undefined;
}
