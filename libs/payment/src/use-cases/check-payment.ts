import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { Schedule } from '#messaging';
import { PaymentNotFound, PaymentSettled } from '../domain/payment.errors.js';
import { isLive } from '../domain/payment-status.js';
import { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { statusCheckAt } from './status-check.js';

export interface Check {
  readonly paymentId: Id<'pay'>;
  readonly actor: string;
}

/** Staff have the provider asked now what became of an attempt, instead of when it would be asked next. */
@Injectable()
export class CheckPayment extends SingleCommand<Check, PaymentAttempt> {
  constructor(private readonly schedule: Schedule) {
    super();
  }

  /** @throws {PaymentNotFound} @throws {PaymentSettled} */
  override async runOne(tx: Tx, { paymentId, actor }: Check): Promise<PaymentAttempt> {
    const attempt = await tx.manager.findOneBy(PaymentAttempt, { id: paymentId });
    if (attempt === null) throw new PaymentNotFound();
    if (!isLive(attempt.status)) throw new PaymentSettled(attempt.status);
    await this.schedule.put(tx, [statusCheckAt(paymentId, 1, 0)]);
    const subject = { type: 'order', id: attempt.orderId };
    const change = { before: { paymentId, status: attempt.status }, after: null };
    await recordAudit(tx, actor, [{ action: 'payment.check', subject, ...change }]);
    return attempt;
  }
}
