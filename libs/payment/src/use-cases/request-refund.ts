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
  readonly reason: string;
  readonly actor: string;
}

/** Writes a refund, which the worker then sends. The cap is checked with the payments of the order locked. */
@Injectable()
export class RequestRefund {
  constructor(private readonly schedule: Schedule) {}

  /** @throws {NothingToRefund} @throws {PaymentIsDisputed} @throws {RefundExceedsCaptured} also for another currency */
  async run(tx: Tx, request: RefundRequest): Promise<Refund> {
    const { orderId, paymentId, cause, reason, actor: requestedBy } = request;
    const all = await lockRefundable(tx, orderId);
    const chosen = paymentId === undefined ? all[0] : all.find((each) => each.paymentId === paymentId);
    if (chosen === undefined) throw new NothingToRefund();
    if (chosen.isDisputed) throw new PaymentIsDisputed();
    const { amount, currency } = within(chosen, request.amount, cause);
    const refund = { id: newId('rfd'), paymentId: chosen.paymentId, orderId, cause, reason, requestedBy };
    await tx.manager.insert(Refund, { ...refund, status: 'requested', amount, currency });
    const data = { refundId: refund.id, attempt: 1 };
    await this.schedule.put(tx, [later(RefundDue, { subject: refund.id, due: { inMs: 0 }, data })]);
    return tx.manager.findOneByOrFail(Refund, { id: refund.id });
  }
}

function within({ left }: Refundable, wanted: Money | undefined, cause: RefundCause): Money {
  // Of what was paid too much, some may have been given back in the provider's dashboard.
  if (wanted === undefined || (cause === 'overpaid' && wanted.amount > left.amount)) return left;
  if (wanted.currency !== left.currency || wanted.amount > left.amount) throw new RefundExceedsCaptured(left);
  return wanted;
}
