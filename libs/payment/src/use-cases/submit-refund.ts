import { Injectable } from '@nestjs/common';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { UnfoundedEvent, type CommitContext } from '#messaging';
import { attemptById } from '../persistence/find-attempt.js';
import { Refund } from '../persistence/refund.entity.js';
import type { NewRefund } from '../providers/payment-provider.js';
import { ProviderCalls, type Of, type RefundOutcome } from '../providers/provider-calls.js';
import { RecordRefund } from './record-refund.js';

/** Sends a refund to the provider, or asks what became of it. The same key each time, so it is given back once. */
@Injectable()
export class SubmitRefund {
  constructor(
    private readonly transactions: Transactions,
    private readonly calls: ProviderCalls,
    private readonly record: RecordRefund,
  ) {}

  /** @param attempt number of this try, from 1 */
  async run(refundId: Id<'rfd'>, attempt: number, commit: CommitContext['commit']): Promise<void> {
    const { refund, toSend } = await this.find(refundId);
    const outcome = refund.status === 'succeeded' ? undefined : await this.send(refund, toSend, attempt);
    await commit(async (tx) => {
      if (outcome !== undefined) await this.record.run(tx, refundId, outcome, attempt);
    });
  }

  /** Asked about before it is sent again: the provider may have done it long ago and have forgotten its key. */
  private async send(refund: Refund, toSend: Of<NewRefund>, attempt: number): Promise<RefundOutcome> {
    const reference = refund.providerReference ?? undefined;
    if (reference === undefined && attempt === 1) return this.calls.refund(toSend);
    const found = await this.calls.refundStatus({ ...toSend, reference });
    if (found !== undefined) return found;
    return reference === undefined ? this.calls.refund(toSend) : { status: 'unknown' };
  }

  private find(refundId: Id<'rfd'>): Promise<{ readonly refund: Refund; readonly toSend: Of<NewRefund> }> {
    return this.transactions.read(async (db) => {
      const refund = await db.manager.findOneBy(Refund, { id: refundId });
      if (refund === null) throw new UnfoundedEvent(`There is no refund ${refundId}.`);
      const { id: paymentId, provider, providerReference } = await attemptById(db, refund.paymentId);
      if (providerReference === null) throw new Error(`Payment ${paymentId} has taken money without a reference.`);
      const payment = { paymentId, reference: providerReference };
      return { refund, toSend: { refundId, payment, amount: refund.money, provider } };
    });
  }
}
