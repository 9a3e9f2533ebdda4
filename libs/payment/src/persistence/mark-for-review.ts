import { col, statement, type Tx } from '#database';
import type { Id } from '#kernel';

export const MARK_FOR_REVIEW = statement(
  `UPDATE payment.attempts SET review_since = now()
   WHERE id = ANY ($1) AND status IN ('created', 'unknown') AND review_since IS NULL
     AND created_at < now() - make_interval(secs => $2)
   RETURNING id`,
  { id: col.text<Id<'pay'>>() },
);

/** Those of the attempts about which the provider has said nothing for so long wait for a person from now on. Returns them. */
export async function markForReview(
  tx: Tx,
  paymentIds: readonly Id<'pay'>[],
  afterSeconds: number,
): Promise<Id<'pay'>[]> {
  return (await tx.query(MARK_FOR_REVIEW, [paymentIds, afterSeconds])).rows.map(({ id }) => id);
}
