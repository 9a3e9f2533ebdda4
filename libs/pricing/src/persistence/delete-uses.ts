import { statement, type Tx } from '#database';
import type { Id } from '#kernel';

/** In the order in which everybody locks discounts; the uses themselves have one order each. */
export const LOCK_USED_DISCOUNTS = statement(
  `SELECT FROM pricing.discounts
   WHERE code IN (SELECT code FROM pricing.discount_uses WHERE order_id = ANY ($1)) ORDER BY code FOR UPDATE`,
);

export const DELETE_USES = statement(
  `WITH use_rows AS (
     DELETE FROM pricing.discount_uses WHERE order_id = ANY ($1) RETURNING code
   )
   UPDATE pricing.discounts SET used = used - given_back.uses
   FROM (SELECT code, count(*)::integer AS uses FROM use_rows GROUP BY code) AS given_back
   WHERE discounts.code = given_back.code`,
);

/** Gives back what these orders have used. What has no use any more gives back nothing. */
export async function deleteUses(tx: Tx, orderIds: readonly Id<'order'>[]): Promise<void> {
  await tx.query(LOCK_USED_DISCOUNTS, [orderIds]);
  await tx.query(DELETE_USES, [orderIds]);
}
