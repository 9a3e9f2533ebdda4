import { Injectable, Logger } from '@nestjs/common';
import { OrderPayments } from '#contracts';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { UnfoundedEvent, type CommitContext } from '#messaging';
import { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { isLive } from '../domain/payment-status.js';
import type { Outcome } from '../providers/provider-calls.js';
import { FindOutcome } from './find-outcome.js';
import { RecordOutcomes } from './record-outcomes.js';

/**
 * Finds out what became of an attempt that has not ended: its answer was lost, the process died between its call and the record, or the
 * buyer or the provider takes their time. Between looking and recording nothing is held.
 */
@Injectable()
export class ReconcilePayment {
  private readonly logger = new Logger(ReconcilePayment.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly findOutcome: FindOutcome,
    private readonly record: RecordOutcomes,
    private readonly orders: OrderPayments,
  ) {}

  /** @param asked how often the provider has been asked, this time included */
  async run(paymentId: Id<'pay'>, asked: number, commit: CommitContext['commit']): Promise<void> {
    const attempt = await this.openAttempt(paymentId);
    const outcome = attempt && (await this.ask(attempt, asked));
    await commit(async (tx) => {
      if (outcome) await this.record.run(tx, [outcome], asked);
    });
  }

  /** The hold of its order must not run out while the provider takes its time. */
  private openAttempt(paymentId: Id<'pay'>): Promise<PaymentAttempt | undefined> {
    return this.transactions.run(async (tx) => {
      const attempt = await tx.manager.findOneBy(PaymentAttempt, { id: paymentId });
      if (attempt === null) throw new UnfoundedEvent(`There is no payment ${paymentId}.`);
      if (!isLive(attempt.status)) return undefined;
      if (attempt.status !== 'requires_action') await this.orders.extendWhilePaymentPending(tx, attempt.orderId);
      return attempt;
    });
  }

  private async ask(attempt: PaymentAttempt, asked: number): Promise<Outcome> {
    const outcome = await this.findOutcome.run(attempt);
    this.logger.log({ msg: 'asked the payment provider', paymentId: attempt.id, asked, outcome: outcome.status });
    return outcome;
  }
}
