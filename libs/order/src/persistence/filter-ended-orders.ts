import type { OrderEnd } from '#contracts';
import { col, statement, type Reader } from '#database';
import type { Id } from '#kernel';

export const FILTER_ENDED_ORDERS = statement(
  `SELECT id, status = 'expired' OR (status = 'cancelled' AND payment_status = 'none' AND confirmed_at IS NULL) AS unpaid
   FROM orders.orders
   WHERE id = ANY ($1)
     AND EXISTS (SELECT FROM orders.history WHERE order_id = orders.id AND to_status IN ('expired', 'cancelled'))`,
  { id: col.text<Id<'order'>>(), unpaid: col.boolean() },
);

/** Which of the orders have ever expired or been cancelled. One that was paid late is no unpaid one any more. */
export async function filterEndedOrders(
  db: Reader,
  orderIds: readonly Id<'order'>[],
): Promise<Map<Id<'order'>, OrderEnd>> {
  const { rows } = await db.query(FILTER_ENDED_ORDERS, [orderIds]);
  return new Map(rows.map(({ id, unpaid }) => [id, { unpaid }]));
}
