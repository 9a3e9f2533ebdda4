import { col, statement, type RowOf, type Tx } from '#database';
import type { Id } from '#kernel';

export const LOCK_UNPAID_ORDERS = statement(
  `SELECT id, reservation_expires_at AS "holdsUntil", reservation_expires_at <= now() AS "isOver", payment_status = 'none' AS "isIdle"
   FROM orders.orders
   WHERE id = ANY ($1) AND status = 'pending_payment'
   ORDER BY id FOR UPDATE`,
  { id: col.text<Id<'order'>>(), holdsUntil: col.timestamptz(), isOver: col.boolean(), isIdle: col.boolean() },
);

/** `isOver`: the time of its hold. `isIdle`: no payment is under way. */
export type UnpaidOrder = RowOf<typeof LOCK_UNPAID_ORDERS>;

/** Locks those of the orders that wait for their payment, until the transaction ends. */
export async function lockUnpaidOrders(tx: Tx, orderIds: readonly Id<'order'>[]): Promise<UnpaidOrder[]> {
  return (await tx.query(LOCK_UNPAID_ORDERS, [orderIds])).rows;
}
