import { statement, type Tx } from '#database';
import type { RequestedUse } from '../domain/decide-uses.js';

export const INSERT_USES = statement(
  `WITH input AS MATERIALIZED (
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS input (order_id, code, customer_id, email_hash)
   ), use_rows AS (
     INSERT INTO pricing.discount_uses (order_id, code, customer_id, email_hash) SELECT * FROM input
   )
   UPDATE pricing.discounts SET used = used + taken.uses
   FROM (SELECT code, count(*)::integer AS uses FROM input GROUP BY code) AS taken
   WHERE discounts.code = taken.code AND (uses_max IS NULL OR used + taken.uses <= uses_max)`,
);

/** Takes a use for each. @throws {Error} when there are not as many left: the discounts had not been locked */
export async function insertUses(tx: Tx, uses: readonly RequestedUse[]): Promise<void> {
  const { count } = await tx.query(INSERT_USES, [
    uses.map(({ orderId }) => orderId),
    uses.map(({ code }) => code),
    uses.map(({ customerId }) => customerId),
    uses.map(({ emailHash }) => emailHash),
  ]);
  if (count !== new Set(uses.map(({ code }) => code)).size)
    throw new Error('A discount was used that had not been locked.');
}
