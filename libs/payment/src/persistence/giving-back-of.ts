import type { GivingBack } from '#contracts';
import { col, statement, type Reader } from '#database';
import type { Id } from '#kernel';

export const GIVING_BACK_OF = statement(
  `SELECT CASE
     WHEN attempt.status = 'authorized' THEN CASE WHEN attempt.requested_action IS NULL THEN 'open' ELSE 'under_way' END
     WHEN attempt.status <> 'captured' THEN 'not_taken'
     WHEN refunded.succeeded >= attempt.captured_amount THEN 'given_back'
     WHEN EXISTS (SELECT FROM payment.disputes WHERE payment_id = attempt.id AND status <> 'won') THEN 'waits'
     WHEN refunded.asked >= attempt.captured_amount THEN 'under_way'
     WHEN refunded.failed > 0 THEN 'waits'
     ELSE 'open'
   END AS state
   FROM payment.attempts AS attempt CROSS JOIN LATERAL (
     SELECT coalesce(sum(amount) FILTER (WHERE status = 'succeeded'), 0) AS succeeded,
            coalesce(sum(amount) FILTER (WHERE status <> 'failed'), 0) AS asked, count(*) FILTER (WHERE status = 'failed') AS failed
     FROM payment.refunds WHERE payment_id = attempt.id
   ) AS refunded
   WHERE attempt.id = $1`,
  { state: col.text<GivingBack>() },
);

/** A payment that nobody knows has taken nothing. */
export async function givingBackOf(db: Reader, paymentId: Id<'pay'>): Promise<GivingBack> {
  const { rows } = await db.query(GIVING_BACK_OF, [paymentId]);
  return rows[0]?.state ?? 'not_taken';
}
