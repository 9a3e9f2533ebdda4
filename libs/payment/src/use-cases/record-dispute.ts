import { Injectable } from '@nestjs/common';
import { PaymentDisputed } from '#contracts';
import type { Tx } from '#database';
import { Money } from '#kernel';
import { message, Outbox } from '#messaging';
import type { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { refundedSums } from '../persistence/refunded-sums.js';
import { writeDispute } from '../persistence/write-dispute.js';
import type { ProviderFact } from '../providers/provider-events.js';

type DisputeFact = Extract<ProviderFact, { about: 'dispute' }>;

/** Writes that the buyer's bank asks for money back, or what was decided about that. The order learns of it by an event. */
@Injectable()
export class RecordDispute {
  constructor(private readonly outbox: Outbox) {}

  /** Returns whether it was new. @param attempt captured */
  async run(tx: Tx, attempt: PaymentAttempt, { disputeReference, status }: DisputeFact): Promise<boolean> {
    const { id: paymentId, orderId, provider } = attempt;
    const written = await writeDispute(tx, { paymentId, provider, reference: disputeReference, status });
    if (written === undefined) return false;
    const { id: disputeId, sequence } = written;
    const sums = await refundedSums(tx, paymentId);
    const remaining = status === 'lost' ? Money.of(0, sums.remaining.currency) : sums.remaining;
    const data = { disputeId, paymentId, orderId, status, remaining };
    await this.outbox.add(tx, [message(PaymentDisputed, { subject: disputeId, sequence, data })]);
    return true;
  }
}
