import { Injectable } from '@nestjs/common';
import { RefundDue } from '#contracts';
import type { Tx } from '#database';
import { newId, type Id, type Money } from '#kernel';
import { later, Schedule } from '#messaging';
import { NothingToRefund, PaymentIsDisputed, RefundExceedsCaptured } from '../domain/refund.errors.js';
import { lockRefundable, type Refundable } from '../persistence/refundable.js';
import { Refund, type RefundCause } from '../persistence/refund.entity.js';

export interface RefundRequest {
  readonly orderId: Id<'order'>;
  /** Undefined: of the payment of which the most is left. */
  readonly paymentId?: Id<'pay'> | undefined;
  /** Undefined: all that is left. */
  readonly amount?: Money | undefined;
  readonly cause: RefundCause;
  /** Where goods came back: a second refund for the same return is refused by a unique index. */
  readonly returnId?: Id<'ret'> | undefined;
  readonly reason: string;
  readonly actor: string;
}

/** Writes a refund, which the worker then sends. The cap is checked with the payments of the order locked. */
@Injectable()
export class RequestRefund {
  constructor(private readonly schedule: Schedule) {}

  /** @throws {NothingToRefund} @throws {PaymentIsDisputed} @throws {RefundExceedsCaptured} also for another currency */
  async run(tx: Tx, request: RefundRequest): Promise<Refund> {
    const { orderId, paymentId, cause, reason, returnId = null, actor: requestedBy } = request;
    const all = await lockRefundable(tx, orderId);
    const chosen = paymentId === undefined ? all[0] : all.find((each) => each.paymentId === paymentId);
    if (chosen === undefined) throw new NothingToRefund();
    if (chosen.isDisputed) throw new PaymentIsDisputed();
    const { amount, currency } = within(chosen, request.amount, cause);
    const refund = { id: newId('rfd'), paymentId: chosen.paymentId, orderId, returnId, cause, reason, requestedBy };
    await tx.manager.insert(Refund, { ...refund, status: 'requested', amount, currency });
    const data = { refundId: refund.id, attempt: 1 };
    await this.schedule.put(tx, [later(RefundDue, { subject: refund.id, due: { inMs: 0 }, data })]);
    return tx.manager.findOneByOrFail(Refund, { id: refund.id });
  }
}

function within({ left }: Refundable, wanted: Money | undefined, cause: RefundCause): Money {
  if (wanted === undefined) return left;
  // Of what was paid too much, or for goods that came back, some may have been given back before.
  const takesWhatIsLeft = cause === 'overpaid' || (cause === 'returned' && wanted.currency === left.currency);
  if (takesWhatIsLeft && wanted.amount > left.amount) return left;
  if (wanted.currency !== left.currency || wanted.amount > left.amount) throw new RefundExceedsCaptured(left);
  return wanted;
}
