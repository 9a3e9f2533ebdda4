import type { Reader } from '#database';
import type { Id } from '#kernel';

/** Whether there is such a refund, of a payment of this provider. */
export async function isRefundOf(db: Reader, provider: string, refundId: Id<'rfd'>): Promise<boolean> {
  const { count } = await db.query(
    `SELECT 1 FROM payment.refunds AS refund JOIN payment.attempts AS attempt ON attempt.id = refund.payment_id
     WHERE refund.id = $1 AND attempt.provider = $2`,
    [refundId, provider],
  );
  return count > 0;
}
