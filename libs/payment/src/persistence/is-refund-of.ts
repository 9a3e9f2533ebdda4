import { col, statement, type Reader } from '#database';
import type { Id } from '#kernel';

export const IS_REFUND_OF = statement(
  `SELECT EXISTS (
     SELECT FROM payment.refunds AS refund JOIN payment.attempts AS attempt ON attempt.id = refund.payment_id
     WHERE refund.id = $1 AND attempt.provider = $2) AS known`,
  { known: col.boolean() },
);

/** Whether there is such a refund, of a payment of this provider. */
export async function isRefundOf(db: Reader, provider: string, refundId: Id<'rfd'>): Promise<boolean> {
  const { rows } = await db.query(IS_REFUND_OF, [refundId, provider]);
  return rows[0]?.known ?? false;
}
