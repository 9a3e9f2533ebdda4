import { z } from 'zod';
import { DomainError, moneySchema, type Money } from '#kernel';

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
    members: z.object({ refundable: moneySchema.optional() }),
  } as const;
  /** @param refundable undefined where nothing is left */
  constructor(refundable: Money | undefined) {
    super('This is more than is left of the payment, or another currency. Give back what `refundable` says, or less.', {
      ...(refundable && { refundable }),
    });
  }
}

export class RefundNotFound extends DomainError {
  static override readonly problem = {
    code: 'refund_not_found',
    kind: 'not_found',
    title: 'Refund not found',
  } as const;
  constructor() {
    super('There is no such refund. Check the refund id.');
  }
}

/** Only a refund that the provider has refused for good can be tried again. */
export class RefundNotParked extends DomainError {
  static override readonly problem = {
    code: 'refund_not_parked',
    kind: 'conflict',
    title: 'Refund does not wait for anybody',
    members: z.object({ refundStatus: z.string().meta({ example: 'succeeded' }) }),
  } as const;
  constructor(status: string) {
    super(`The refund is ${status}. Only one that has failed can be tried again.`, { refundStatus: status });
  }
}
