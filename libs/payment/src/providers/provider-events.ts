import type { Id, Money } from '#kernel';
import type { ProviderPayment, ProviderRefund } from './provider-answers.js';

/** An HTTP request as it came. */
export interface WebhookRequest {
  readonly rawBody: Buffer;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What an event of a provider says, in the words of this module. */
export type ProviderFact =
  | { readonly about: 'payment'; readonly paymentId: Id<'pay'> | undefined; readonly payment: ProviderPayment }
  | {
      readonly about: 'refund';
      readonly refundId: Id<'rfd'> | undefined;
      readonly paymentReference: string;
      readonly amount: Money;
      readonly refund: ProviderRefund;
    }
  | {
      readonly about: 'dispute';
      readonly paymentReference: string;
      /** The provider's own id of the dispute. */
      readonly disputeReference: string;
      readonly status: 'open' | 'won' | 'lost';
    };

export interface ProviderEvent {
  /** The provider's own id of the event: the same however often it is sent. */
  readonly id: string;
  /** As the provider calls it. */
  readonly type: string;
  /** Undefined for what this module does not need to know. */
  readonly fact: ProviderFact | undefined;
}

/** The webhook was not signed with a live secret, is too old, or was changed on its way. */
export class InvalidWebhookSignature extends Error {}
