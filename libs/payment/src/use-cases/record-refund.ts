import { Injectable, Logger } from '@nestjs/common';
import { PaymentLateRefunded, PaymentRefunded, PaymentRefundFailed, RefundDue, type UnfitCause } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { later, message, Outbox, Schedule, type OutboxMessage } from '#messaging';
import { canMoveRefund } from '../domain/refund-status.js';
import { COUNT_REFUND_EVENTS, lockRefund, MOVE_REFUND } from '../persistence/move-refund.js';
import type { Refund, RefundCause } from '../persistence/refund.entity.js';
import { refundedSums } from '../persistence/refunded-sums.js';
import type { RefundOutcome } from '../providers/provider-calls.js';

/** When a refund that has not ended is tried or asked about again. After the last one a refused refund is parked for a person. */
const AGAIN_AFTER_MS: readonly number[] = [5_000, 30_000, 120_000, 600_000, 3_600_000];
const LATER_MS = 3_600_000;

/** Writes what became of a refund, together with its events. The first definite outcome counts. */
@Injectable()
export class RecordRefund {
  private readonly logger = new Logger(RecordRefund.name);

  constructor(
    private readonly outbox: Outbox,
    private readonly schedule: Schedule,
  ) {}

  /** @param attempt number of the try that brought this, from 1. Returns whether it changed anything. */
  async run(tx: Tx, refundId: Id<'rfd'>, outcome: RefundOutcome, attempt = 1): Promise<boolean> {
    const refund = await lockRefund(tx, refundId);
    if (refund === null || refund.status === 'succeeded') return false;
    if (outcome.status === 'failed') return this.refused(tx, refund, outcome, attempt);
    if (outcome.status !== 'succeeded') await this.again(tx, refundId, attempt);
    if (!canMoveRefund(refund.status, outcome.status)) return false;
    const reference = outcome.status === 'unknown' ? null : outcome.reference;
    await tx.query(MOVE_REFUND, [refundId, outcome.status, reference, null]);
    if (outcome.status === 'succeeded') await this.succeeded(tx, refund);
    return true;
  }

  private async succeeded(tx: Tx, refund: Refund): Promise<void> {
    await this.schedule.cancel(tx, RefundDue, [refund.id]);
    const { id: refundId, paymentId, orderId, money: amount, cause } = refund;
    const { refundedTotal, remaining, isFull } = await refundedSums(tx, paymentId);
    const data = { refundId, paymentId, orderId, amount, refundedTotal, remaining, isFull };
    await this.publish(tx, refund, (sequence) => [
      message(PaymentRefunded, { subject: refundId, sequence, data }),
      // It is late only where nobody had decided about an order that was paid.
      ...(isOrdinary(cause)
        ? []
        : [
            message(PaymentLateRefunded, {
              subject: refundId,
              sequence: sequence + 1,
              data: { ...data, cause: publishedCause(cause) },
            }),
          ]),
    ]);
  }

  private async refused(
    tx: Tx,
    refund: Refund,
    { reason, retryable }: Extract<RefundOutcome, { status: 'failed' }>,
    attempt: number,
  ): Promise<boolean> {
    await tx.query(MOVE_REFUND, [refund.id, null, null, reason]);
    if (retryable && attempt <= AGAIN_AFTER_MS.length) {
      await this.again(tx, refund.id, attempt);
      return true;
    }
    if (refund.status === 'failed') return false;
    await this.schedule.cancel(tx, RefundDue, [refund.id]);
    await tx.query(MOVE_REFUND, [refund.id, 'failed', null, null]);
    this.logger.error({ msg: 'a refund waits for a person', refundId: refund.id, orderId: refund.orderId, reason });
    const { id: refundId, paymentId, orderId, money: amount } = refund;
    await this.publish(tx, refund, (sequence) => [
      message(PaymentRefundFailed, {
        subject: refundId,
        sequence,
        data: { refundId, paymentId, orderId, amount, reason },
      }),
    ]);
    return true;
  }

  private async again(tx: Tx, refundId: Id<'rfd'>, attempt: number): Promise<void> {
    const due = { inMs: AGAIN_AFTER_MS[attempt - 1] ?? LATER_MS };
    const data = { refundId, attempt: attempt + 1 };
    await this.schedule.put(tx, [later(RefundDue, { subject: refundId, due, data })]);
  }

  private async publish(tx: Tx, refund: Refund, events: (sequence: number) => OutboxMessage[]): Promise<void> {
    const added = events(refund.lastSequence + 1);
    await tx.query(COUNT_REFUND_EVENTS, [refund.id, added.length]);
    await this.outbox.add(tx, added);
  }
}

type OrdinaryCause = 'staff' | 'returned' | 'made_elsewhere' | 'cancelled';

/** The money had paid its order. */
const isOrdinary = (cause: RefundCause): cause is OrdinaryCause =>
  cause === 'staff' || cause === 'returned' || cause === 'made_elsewhere' || cause === 'cancelled';

/** The published event has one word for all that is not the total. */
function publishedCause(
  cause: Exclude<UnfitCause, 'cancelled'>,
): 'order_ended' | 'second_payment' | 'order_not_found' | 'wrong_amount' {
  return cause === 'order_ended' || cause === 'second_payment' || cause === 'order_not_found' ? cause : 'wrong_amount';
}
