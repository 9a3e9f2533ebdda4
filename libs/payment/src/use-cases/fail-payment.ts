import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { PaymentNotFound, PaymentSettled } from '../domain/payment.errors.js';
import { isUnsettled } from '../domain/payment-status.js';
import { attemptById } from '../persistence/find-attempt.js';
import { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { RecordOutcomes } from './record-outcomes.js';

export interface Failing {
  readonly paymentId: Id<'pay'>;
  readonly reason: string;
  readonly actor: string;
}

/**
 * A person has found out that an attempt took nothing, because the provider never said. If the money comes all the same, that is recorded
 * like any other capture.
 */
@Injectable()
export class FailPayment extends SingleCommand<Failing, PaymentAttempt> {
  constructor(private readonly record: RecordOutcomes) {
    super();
  }

  /** @throws {PaymentNotFound} @throws {PaymentSettled} also for one that does not wait for a person yet */
  override async runOne(tx: Tx, { paymentId, reason, actor }: Failing): Promise<PaymentAttempt> {
    const lock = { mode: 'pessimistic_write' } as const;
    const attempt = await tx.manager.findOne(PaymentAttempt, { where: { id: paymentId }, lock });
    if (attempt === null) throw new PaymentNotFound();
    const { status, orderId, reviewSince } = attempt;
    if (!isUnsettled(status) || reviewSince === null) throw new PaymentSettled(status);
    await this.record.run(tx, [{ paymentId, status: 'failed', reason: 'decided_by_staff' }], 0, actor);
    const subject = { type: 'order', id: orderId };
    const change = { before: { paymentId, status }, after: { paymentId, status: 'failed' } };
    await recordAudit(tx, actor, [{ action: 'payment.fail', subject, ...change, reason }]);
    return attemptById(tx, paymentId);
  }
}
