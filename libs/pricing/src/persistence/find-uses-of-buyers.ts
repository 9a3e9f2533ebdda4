import { col, statement, type Tx } from '#database';
import type { RequestedUse } from '../domain/decide-uses.js';

export const FIND_USES_OF_BUYERS = statement(
  `SELECT uses.code, uses.customer_id AS "customerId", uses.email_hash AS "emailHash"
   FROM pricing.discount_uses AS uses
   WHERE (uses.code, uses.email_hash) IN (SELECT * FROM unnest($1::text[], $2::text[]))
      OR (uses.code, uses.customer_id) IN (SELECT * FROM unnest($1::text[], $3::text[]))`,
  { code: col.text(), customerId: col.orNull(col.text()), emailHash: col.text() },
);

type BuyersUse = Omit<RequestedUse, 'orderId'>;

/** What these buyers have used of these codes, by their e-mail addresses or as customers. One that is both is one use. */
export async function findUsesOfBuyers(tx: Tx, uses: readonly BuyersUse[]): Promise<BuyersUse[]> {
  const { rows } = await tx.query(FIND_USES_OF_BUYERS, [
    uses.map(({ code }) => code),
    uses.map(({ emailHash }) => emailHash),
    uses.map(({ customerId }) => customerId),
  ]);
  return rows;
}
