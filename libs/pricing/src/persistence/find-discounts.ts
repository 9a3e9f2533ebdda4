import { col, statement, type Reader } from '#database';
import type { Currency } from '#kernel';
import type { KnownDiscount } from '../domain/worth-of.js';

export const FIND_DISCOUNTS = statement(
  `SELECT code, amount, basis_points AS "basisPoints", currency, min_subtotal AS "minSubtotal",
     coalesce(valid_from > now(), false) AS "isEarly", coalesce(valid_to <= now(), false) AS "isOver",
     coalesce(used >= uses_max, false) AS "isUsedUp"
   FROM pricing.discounts WHERE code = ANY ($1) AND active`,
  {
    code: col.text(),
    amount: col.orNull(col.bigint()),
    basisPoints: col.orNull(col.integer()),
    currency: col.orNull(col.char<Currency>()),
    minSubtotal: col.orNull(col.bigint()),
    isEarly: col.boolean(),
    isOver: col.boolean(),
    isUsedUp: col.boolean(),
  },
);

/** The ones that are active. The database's clock decides about their time. */
export async function findDiscounts(db: Reader, codes: readonly string[]): Promise<Map<string, KnownDiscount>> {
  const { rows } = await db.query(FIND_DISCOUNTS, [codes]);
  return new Map(rows.map((row) => [row.code, row]));
}
