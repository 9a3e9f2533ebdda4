import { col, statement, type Tx } from '#database';
import type { Id } from '#kernel';
import { Refund } from './refund.entity.js';

/** Id, then what changes, null for what stays: status, the provider's reference, what the provider said last. */
export const MOVE_REFUND = statement(`
  UPDATE payment.refunds
  SET status = coalesce($2, status), provider_reference = coalesce($3, provider_reference), last_error = coalesce($4, last_error),
      updated_at = now()
  WHERE id = $1`);

export const COUNT_REFUND_EVENTS = statement(`
  UPDATE payment.refunds SET last_sequence = last_sequence + $2 WHERE id = $1`);

export const LOCK_PAYMENT_OF_REFUND = statement(
  `SELECT id FROM payment.attempts WHERE id = (SELECT payment_id FROM payment.refunds WHERE id = $1) FOR UPDATE`,
  { id: col.text() },
);

/** The payment is locked first, so that the sums of its refunds are right in every event. Null: there is no such refund. */
export async function lockRefund(tx: Tx, refundId: Id<'rfd'>): Promise<Refund | null> {
  await tx.query(LOCK_PAYMENT_OF_REFUND, [refundId]);
  return tx.manager.findOne(Refund, { where: { id: refundId }, lock: { mode: 'pessimistic_write' } });
}
