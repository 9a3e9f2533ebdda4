import { col, statement, type Tx } from '#database';
import type { LimitedDiscount } from '../domain/decide-uses.js';

/** Everybody locks them in this order, after carts and before stock levels. */
export const LOCK_DISCOUNTS = statement(
  `SELECT code, used, uses_max AS "usesMax", uses_max_per_buyer AS "usesMaxPerBuyer"
   FROM pricing.discounts WHERE code = ANY ($1) ORDER BY code FOR UPDATE`,
  {
    code: col.text(),
    used: col.integer(),
    usesMax: col.orNull(col.integer()),
    usesMaxPerBuyer: col.orNull(col.integer()),
  },
);

/** Nobody takes or gives back a use of these until the transaction ends. */
export async function lockDiscounts(tx: Tx, codes: readonly string[]): Promise<Map<string, LimitedDiscount>> {
  const { rows } = await tx.query(LOCK_DISCOUNTS, [codes]);
  return new Map(rows.map((row) => [row.code, row]));
}
