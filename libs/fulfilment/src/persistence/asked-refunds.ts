import { col, statement, type Reader } from '#database';
import type { Id } from '#kernel';

export const ASKED_REFUNDS = statement(
  `SELECT coalesce(sum(refund_amount), 0)::bigint AS amount FROM fulfilment.returns WHERE order_id = $1`,
  { amount: col.bigint() },
);

/** What the returns of an order have had given back so far, in minor units of the order's currency. */
export async function askedRefunds(db: Reader, orderId: Id<'order'>): Promise<number> {
  return (await db.query(ASKED_REFUNDS, [orderId])).rows[0]?.amount ?? 0;
}
