import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { RefundDue } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { later, Schedule } from '#messaging';
import { PaymentIsDisputed, RefundExceedsCaptured, RefundNotFound, RefundNotParked } from '../domain/refund.errors.js';
import { lockRefundable } from '../persistence/refundable.js';
import { Refund } from '../persistence/refund.entity.js';

export interface RefundRetry {
  readonly refundId: Id<'rfd'>;
  readonly reason: string;
  readonly actor: string;
}

/** Staff have a refund that the provider refused sent once more, with the same key. */
@Injectable()
export class RetryRefund extends SingleCommand<RefundRetry, Refund> {
  constructor(private readonly schedule: Schedule) {
    super();
  }

  /** @throws {RefundNotFound} @throws {RefundNotParked} @throws {PaymentIsDisputed} @throws {RefundExceedsCaptured} when its money was given back otherwise */
  override async runOne(tx: Tx, { refundId, reason, actor }: RefundRetry): Promise<Refund> {
    const { orderId, paymentId, money } = await this.read(tx, refundId);
    const refundable = await lockRefundable(tx, orderId);
    // After the lock, so that of two who ask at once one finds it asked for.
    const { status, lastError } = await this.read(tx, refundId);
    if (status !== 'failed') throw new RefundNotParked(status);
    const payment = refundable.find((each) => each.paymentId === paymentId);
    if (payment?.isDisputed === true) throw new PaymentIsDisputed();
    if (payment === undefined || payment.left.amount < money.amount) throw new RefundExceedsCaptured(payment?.left);
    await tx.manager.update(Refund, { id: refundId }, { status: 'requested' });
    const due = { inMs: 0 };
    // No first try: the provider is asked first, in case it has done it.
    await this.schedule.put(tx, [later(RefundDue, { subject: refundId, due, data: { refundId, attempt: 2 } })]);
    const subject = { type: 'order', id: orderId };
    const change = { before: { refundId, status, lastError }, after: { refundId, status: 'requested' } };
    await recordAudit(tx, actor, [{ action: 'refund.retry', subject, ...change, reason }]);
    return this.read(tx, refundId);
  }

  private async read(tx: Tx, refundId: Id<'rfd'>): Promise<Refund> {
    const refund = await tx.manager.findOneBy(Refund, { id: refundId });
    if (refund === null) throw new RefundNotFound();
    return refund;
  }
}
