import { col, statement, type RowOf, type Tx } from '#database';
import type { Id } from '#kernel';
import { TRANSITIONS } from '../domain/transitions.js';

export const SHORT_RESERVATIONS = statement(
  `WITH updated AS (
     UPDATE inventory.reservations AS reservation
     SET status = $4, release_cause = 'shorted', ended_at = now(), last_sequence = 1 + (
       SELECT max(known.last_sequence) FROM inventory.reservations AS known WHERE known.order_id = reservation.order_id
     )
     WHERE sku = $1 AND location = $2 AND order_id = ANY($3) AND status = ANY($5)
     RETURNING order_id, sku, quantity - consumed AS quantity, last_sequence
   ), level_rows AS (
     UPDATE inventory.levels SET reserved = reserved - (SELECT sum(quantity) FROM updated), version = version + 1
     WHERE sku = $1 AND location = $2
   )
   SELECT order_id AS "orderId", sku, quantity, last_sequence AS "lastSequence" FROM updated ORDER BY order_id`,
  { orderId: col.text<Id<'order'>>(), sku: col.text(), quantity: col.integer(), lastSequence: col.integer() },
);

export type ShortedReservation = RowOf<typeof SHORT_RESERVATIONS>;

/** Takes from these orders what they hold of a level. The reservations and the level are locked. */
export async function shortReservations(
  tx: Tx,
  { sku, location }: { readonly sku: string; readonly location: string },
  orderIds: readonly Id<'order'>[],
): Promise<ShortedReservation[]> {
  const { from, to } = TRANSITIONS.shorted;
  return (await tx.query(SHORT_RESERVATIONS, [sku, location, orderIds, to, from])).rows;
}
