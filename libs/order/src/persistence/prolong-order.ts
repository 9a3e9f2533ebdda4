import { statement, type Tx } from '#database';
import type { Id } from '#kernel';

export const PROLONG_ORDER = statement(`
  UPDATE orders.orders SET reservation_expires_at = $2, version = version + 1
  WHERE id = $1 AND status = 'pending_payment' AND payment_status = 'pending'`);

/** The stock of an order whose payment is under way is held until then. It is no event of the order: nothing has been decided. */
export async function prolongOrder(tx: Tx, orderId: Id<'order'>, reservationExpiresAt: Date): Promise<void> {
  await tx.query(PROLONG_ORDER, [orderId, reservationExpiresAt]);
}
