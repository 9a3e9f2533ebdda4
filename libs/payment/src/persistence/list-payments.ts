import { In, IsNull, LessThan, Not } from 'typeorm';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import type { PaymentStatus } from '../domain/payment-status.js';
import type { RefundStatus } from '../domain/refund-status.js';
import { Dispute } from './dispute.entity.js';
import { PaymentAttempt } from './payment-attempt.entity.js';
import { Refund } from './refund.entity.js';

interface Slice<Prefix extends string> {
  /** The last one of the page before; undefined for the first page. */
  readonly after: Id<Prefix> | undefined;
  readonly count: number;
}

export interface PaymentSlice extends Slice<'pay'> {
  readonly status: PaymentStatus | undefined;
  /** Only those that wait for a person. */
  readonly review: boolean;
}

export interface RefundSlice extends Slice<'rfd'> {
  readonly status: RefundStatus | undefined;
}

/** An attempt with the money that went back. */
export interface PaymentDetails {
  readonly attempt: PaymentAttempt;
  readonly refunds: readonly Refund[];
  readonly disputes: readonly Dispute[];
}

/** The newest first. */
export function listPayments(
  { manager }: Reader,
  { status, review, after, count }: PaymentSlice,
): Promise<PaymentAttempt[]> {
  const where = {
    ...(status !== undefined && { status }),
    ...(review && { reviewSince: Not(IsNull()) }),
    ...(after !== undefined && { id: LessThan(after) }),
  };
  return manager.find(PaymentAttempt, { where, order: { id: 'DESC' }, take: count });
}

/** The newest first. */
export function listRefunds({ manager }: Reader, { status, after, count }: RefundSlice): Promise<Refund[]> {
  const where = { ...(status !== undefined && { status }), ...(after !== undefined && { id: LessThan(after) }) };
  return manager.find(Refund, { where, order: { id: 'DESC' }, take: count });
}

/** All payments of an order, the first one first. */
export async function paymentsOfOrder({ manager }: Reader, orderId: Id<'order'>): Promise<PaymentDetails[]> {
  const attempts = await manager.find(PaymentAttempt, { where: { orderId }, order: { id: 'ASC' } });
  const paymentId = In(attempts.map(({ id }) => id));
  const refunds = await manager.find(Refund, { where: { paymentId }, order: { id: 'ASC' } });
  const disputes = await manager.find(Dispute, { where: { paymentId }, order: { id: 'ASC' } });
  return attempts.map((attempt) => ({
    attempt,
    refunds: refunds.filter((refund) => refund.paymentId === attempt.id),
    disputes: disputes.filter((dispute) => dispute.paymentId === attempt.id),
  }));
}
