import type { Id, Money } from '#kernel';

export interface Charge {
  /** Whatever is sent twice under one key is charged once. */
  readonly idempotencyKey: Id<'pay'>;
  /** Our reference in the provider's books. */
  readonly orderId: Id<'order'>;
  readonly amount: Money;
  /** Stands for the buyer's means of payment; made by the provider in the buyer's browser. */
  readonly token: string;
}

export type ChargeResult =
  | { readonly outcome: 'captured'; readonly reference: string }
  | { readonly outcome: 'declined'; readonly reference: string; readonly declineCode: string }
  /** Nothing was taken, and nothing can be taken under this key any more. */
  | { readonly outcome: 'failed'; readonly reason: 'provider_error' | 'never_charged' };

/** Who takes the money. Always called outside transactions and locks. An error of a method says nothing about the money. */
export abstract class PaymentProvider {
  /** Lower-case name that clients see: `sandbox`. */
  abstract readonly name: string;

  /** Why a charge with this token cannot even be tried; undefined for a token that can. */
  abstract refusalOf(token: string): string | undefined;

  /** Takes the money. After an error, or when `signal` aborted, only `conclude` tells whether it did. */
  abstract charge(charge: Charge, signal: AbortSignal): Promise<ChargeResult>;

  /**
   * What became of the charge. A key that the provider never saw is closed by this call, so that a charge still on its way is refused
   * when it arrives and the answer stays true.
   */
  abstract conclude(idempotencyKey: Id<'pay'>, signal: AbortSignal): Promise<ChargeResult>;
}
