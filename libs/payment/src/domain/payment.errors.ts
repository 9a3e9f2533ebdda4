import { z } from 'zod';
import { DomainError, idSchema, moneySchema, type Id, type Money } from '#kernel';

export class PaymentNotFound extends DomainError {
  static override readonly problem = {
    code: 'payment_not_found',
    kind: 'not_found',
    title: 'Payment not found',
  } as const;
  constructor() {
    super('This order has no such payment. Check the payment id.');
  }
}

/** Not signed by the provider with a live secret, too old, or changed on its way. */
export class InvalidSignature extends DomainError {
  static override readonly problem = {
    code: 'invalid_signature',
    kind: 'malformed',
    title: 'Webhook signature not valid',
  } as const;
  constructor() {
    super(
      'The signature of the webhook is not valid. Check the signing secret, the clock, and that the body is sent on unchanged.',
    );
  }
}

/** Another attempt of the order may still end with money taken. */
export class PaymentInProgress extends DomainError {
  static override readonly problem = {
    code: 'payment_in_progress',
    kind: 'conflict',
    title: 'Another payment is under way',
  } as const;
  constructor() {
    super('A payment of this order is under way. Wait for its outcome before you try another one.');
  }
}

/** The order has used up its attempts, against those who try card after card. */
export class PaymentAttemptsExhausted extends DomainError {
  static override readonly problem = {
    code: 'payment_attempts_exhausted',
    kind: 'conflict',
    title: 'Order tried too often',
    members: z.object({ attemptsMax: z.int() }),
  } as const;
  constructor(attemptsMax: number) {
    super('Too many payment attempts for this order. Start a new cart, or ask the shop.', { attemptsMax });
  }
}

/** The provider refused; no money moved. The order stays payable while its stock is held. */
export class PaymentDeclinedByProvider extends DomainError {
  static override readonly problem = {
    code: 'payment_declined',
    kind: 'declined',
    title: 'Payment declined',
    members: z.object({ paymentId: idSchema('pay'), declineCode: z.string().meta({ example: 'card_declined' }) }),
  } as const;
  constructor(paymentId: Id<'pay'>, declineCode: string) {
    super('The payment was declined. Try again with another means of payment and a new Idempotency-Key.', {
      paymentId,
      declineCode,
    });
  }
}

/** The provider could not do its work and took nothing. */
export class PaymentProviderUnavailable extends DomainError {
  static override readonly problem = {
    code: 'payment_provider_unavailable',
    kind: 'unavailable',
    title: 'Payment provider does not answer',
    retryAfterSeconds: 5,
    members: z.object({ paymentId: idSchema('pay') }),
  } as const;
  constructor(paymentId: Id<'pay'>) {
    super('The payment provider does not work at the moment, and nothing was taken. Try again in a minute.', {
      paymentId,
    });
  }
}

/** No payment of the order took money, or all of it is given back. */
export class NothingToRefund extends DomainError {
  static override readonly problem = {
    code: 'nothing_to_refund',
    kind: 'conflict',
    title: 'Nothing left to refund',
  } as const;
  constructor() {
    super('Nothing of this order’s money is left to give back.');
  }
}

/** Given back now, the buyer might get the money twice. */
export class PaymentIsDisputed extends DomainError {
  static override readonly problem = {
    code: 'payment_disputed',
    kind: 'conflict',
    title: 'Payment is disputed',
  } as const;
  constructor() {
    super('The buyer’s bank asks for this money, or has got it. Answer the dispute in the provider’s dashboard.');
  }
}

export class RefundExceedsCaptured extends DomainError {
  static override readonly problem = {
    code: 'refund_exceeds_captured',
    kind: 'conflict',
    title: 'More than can be refunded',
    members: z.object({ refundable: moneySchema }),
  } as const;
  constructor(refundable: Money) {
    super('This is more than is left of the payment, or another currency. Give back what `refundable` says, or less.', {
      refundable,
    });
  }
}
