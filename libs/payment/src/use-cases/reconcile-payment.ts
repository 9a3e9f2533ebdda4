import { Injectable, Logger } from '@nestjs/common';
import { OrderPayments } from '#contracts';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { UnfoundedEvent, type CommitContext } from '#messaging';
import { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { isLive } from '../domain/payment-status.js';
import { ProviderCalls } from '../provider/provider-calls.js';
import { RecordOutcomes, type Outcome } from './record-outcomes.js';

/**
 * Finds out what became of an attempt whose answer was lost: the provider timed out, or the process died between its call and the
 * record. Between looking and recording nothing is held.
 */
@Injectable()
export class ReconcilePayment {
  private readonly logger = new Logger(ReconcilePayment.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly calls: ProviderCalls,
    private readonly record: RecordOutcomes,
    private readonly orders: OrderPayments,
  ) {}

  /** @param asked how often the provider has been asked, this time included */
  async run(paymentId: Id<'pay'>, asked: number, commit: CommitContext['commit']): Promise<void> {
    const outcome = (await this.isOpen(paymentId)) ? await this.ask(paymentId, asked) : undefined;
    await commit(async (tx) => {
      if (outcome) await this.record.run(tx, [outcome], asked);
    });
  }

  /** The hold of its order must not run out while the provider takes its time. */
  private isOpen(paymentId: Id<'pay'>): Promise<boolean> {
    return this.transactions.run(async (tx) => {
      const attempt = await tx.manager.findOneBy(PaymentAttempt, { id: paymentId });
      if (attempt === null) throw new UnfoundedEvent(`There is no payment ${paymentId}.`);
      if (!isLive(attempt.status)) return false;
      await this.orders.extendWhilePaymentPending(tx, attempt.orderId);
      return true;
    });
  }

  private async ask(paymentId: Id<'pay'>, asked: number): Promise<Outcome> {
    const outcome = await this.calls.conclude(paymentId);
    this.logger.log({ msg: 'asked the payment provider', paymentId, asked, outcome: outcome.outcome });
    return outcome;
  }
}
