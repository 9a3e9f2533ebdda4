import { col, statement, type Reader } from '#database';
import type { Id } from '#kernel';

export const FILTER_CONFIRMED_ORDERS = statement(
  'SELECT id FROM orders.orders WHERE id = ANY ($1) AND confirmed_at IS NOT NULL',
  { id: col.text<Id<'order'>>() },
);

/** Which of the orders have been confirmed, whatever became of them later. */
export async function filterConfirmedOrders(db: Reader, orderIds: readonly Id<'order'>[]): Promise<Set<Id<'order'>>> {
  const { rows } = await db.query(FILTER_CONFIRMED_ORDERS, [orderIds]);
  return new Set(rows.map(({ id }) => id));
}
