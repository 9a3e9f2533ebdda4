import { z } from 'zod';
import { DomainError, idSchema, type Id } from '#kernel';

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

/** What became of it is known, or it is too early for a person to decide. */
export class PaymentSettled extends DomainError {
  static override readonly problem = {
    code: 'payment_settled',
    kind: 'conflict',
    title: 'Payment does not wait for anybody',
    members: z.object({ paymentStatus: z.string().meta({ example: 'captured' }) }),
  } as const;
  constructor(status: string) {
    super(`The payment is ${status} and does not wait for a person. Read it to see what became of it.`, {
      paymentStatus: status,
    });
  }
}

export class WebhookNotFound extends DomainError {
  static override readonly problem = {
    code: 'webhook_not_found',
    kind: 'not_found',
    title: 'Webhook not found',
  } as const;
  constructor() {
    super('There is no such webhook. Take its number from the list.');
  }
}

export class WebhookNotParked extends DomainError {
  static override readonly problem = {
    code: 'webhook_not_parked',
    kind: 'conflict',
    title: 'Webhook does not wait for anybody',
    members: z.object({ webhookStatus: z.string().meta({ example: 'applied' }) }),
  } as const;
  constructor(status: string) {
    super(`The webhook is ${status}. Only a parked one can be retried or dismissed.`, {
      webhookStatus: status,
    });
  }
}

/** Its money is not promised, or it was asked before to be captured or given up. */
export class PaymentNotAuthorized extends DomainError {
  static override readonly problem = {
    code: 'payment_not_authorized',
    kind: 'conflict',
    title: 'Payment cannot be captured or voided',
    members: z.object({ paymentStatus: z.string().meta({ example: 'captured' }) }),
  } as const;
  constructor(paymentStatus: string) {
    super(
      'Only an authorized payment can be captured or voided, and only once. Read it again to see what became of it.',
      {
        paymentStatus,
      },
    );
  }
}
