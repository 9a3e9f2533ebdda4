import type { Tx } from '#database';
import type { Id } from '#kernel';

/**
 * Locks up to `limit` unpaid orders whose hold has ended, the oldest first. Rows that another process has locked are skipped: it is
 * expiring them, or a payment starts in this moment.
 */
export async function lockOverdueOrders(tx: Tx, limit: number): Promise<Id<'order'>[]> {
  const { rows } = await tx.query<{ id: Id<'order'> }>(
    `SELECT id FROM orders.orders
     WHERE status = 'pending_payment' AND payment_status = 'none' AND reservation_expires_at < now()
     ORDER BY reservation_expires_at LIMIT $1
     FOR UPDATE SKIP LOCKED`,
    [limit],
  );
  return rows.map((row) => row.id);
}
