import { col, statement, type RowOf, type Tx } from '#database';
import type { Id } from '#kernel';
import { TRANSITIONS } from '../domain/transitions.js';

export const COMMIT_RESERVATIONS = statement(
  `UPDATE inventory.reservations AS reservation
   SET status = $2, committed_at = now(), last_sequence = 1 + (
     SELECT max(known.last_sequence) FROM inventory.reservations AS known WHERE known.order_id = reservation.order_id
   )
   WHERE order_id = ANY($1) AND status = ANY($3)
   RETURNING order_id AS "orderId", sku, quantity, last_sequence AS "lastSequence"`,
  { orderId: col.text<Id<'order'>>(), sku: col.text(), quantity: col.integer(), lastSequence: col.integer() },
);

/** Binds what these orders hold to them. The reservations are locked. */
export async function commitReservations(
  tx: Tx,
  orderIds: readonly Id<'order'>[],
): Promise<RowOf<typeof COMMIT_RESERVATIONS>[]> {
  const { from, to } = TRANSITIONS.committed;
  return (await tx.query(COMMIT_RESERVATIONS, [orderIds, to, from])).rows;
}
