import { z } from 'zod';
import { DomainError, idSchema, type Id } from '#kernel';

export class PaymentNotFound extends DomainError {
  readonly code = 'payment_not_found';
  constructor() {
    super('This order has no such payment. Check the payment id.');
  }
}

/** Another attempt of the order may still end with money taken. */
export class PaymentInProgress extends DomainError {
  readonly code = 'payment_in_progress';
  constructor() {
    super('A payment of this order is under way. Wait for its outcome before you try another one.');
  }
}

/** The order has used up its attempts, against those who try card after card. */
export class PaymentAttemptsExhausted extends DomainError {
  static readonly problem = {
    code: 'payment_attempts_exhausted',
    members: z.object({ attemptsMax: z.int() }),
  } as const;
  readonly code = 'payment_attempts_exhausted';
  constructor(attemptsMax: number) {
    super('This order has been tried too often. Start a new cart, or ask the shop.', { attemptsMax });
  }
}

/** The provider refused; no money moved. The order stays payable while its stock is held. */
export class PaymentDeclinedByProvider extends DomainError {
  static readonly problem = {
    code: 'payment_declined',
    members: z.object({ paymentId: idSchema('pay'), declineCode: z.string().meta({ example: 'card_declined' }) }),
  } as const;
  readonly code = 'payment_declined';
  constructor(paymentId: Id<'pay'>, declineCode: string) {
    super('The payment was declined. Try again with another means of payment and a new Idempotency-Key.', {
      paymentId,
      declineCode,
    });
  }
}

/** The provider could not do its work and took nothing. */
export class PaymentProviderUnavailable extends DomainError {
  static readonly problem = {
    code: 'payment_provider_unavailable',
    members: z.object({ paymentId: idSchema('pay') }),
  } as const;
  readonly code = 'payment_provider_unavailable';
  constructor(paymentId: Id<'pay'>) {
    super('The payment provider does not work at the moment, and nothing was taken. Try again in a minute.', {
      paymentId,
    });
  }
}
