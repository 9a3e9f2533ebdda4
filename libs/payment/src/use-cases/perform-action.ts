import { Injectable } from '@nestjs/common';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { UnfoundedEvent, type CommitContext } from '#messaging';
import { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { ProviderCalls, type Outcome } from '../providers/provider-calls.js';
import { RecordOutcomes } from './record-outcomes.js';
import { ScheduleAction } from './schedule-action.js';

/** Captures or voids promised money at the provider. Both bear a repetition: the provider says what the payment is then. */
@Injectable()
export class PerformAction {
  constructor(
    private readonly transactions: Transactions,
    private readonly calls: ProviderCalls,
    private readonly record: RecordOutcomes,
    private readonly scheduleAction: ScheduleAction,
  ) {}

  /** @param attempt number of this try, from 1 */
  async run(paymentId: Id<'pay'>, attempt: number, commit: CommitContext['commit']): Promise<void> {
    const payment = await this.transactions.read((db) => db.manager.findOneBy(PaymentAttempt, { id: paymentId }));
    if (payment === null) throw new UnfoundedEvent(`There is no payment ${paymentId}.`);
    const outcome = await this.call(payment);
    await commit(async (tx) => {
      if (outcome === undefined) return;
      if (outcome.status === 'captured' || outcome.status === 'voided') await this.record.run(tx, [outcome]);
      else await this.scheduleAction.again(tx, paymentId, attempt);
    });
  }

  private async call(payment: PaymentAttempt): Promise<Outcome | undefined> {
    const { id: paymentId, provider, status, requestedAction, providerReference: reference } = payment;
    if (status !== 'authorized' || requestedAction === null || reference === null) return undefined;
    return this.calls[requestedAction]({ paymentId, provider, reference });
  }
}
