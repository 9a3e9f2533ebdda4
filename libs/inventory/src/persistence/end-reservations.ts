import { col, statement, type RowOf, type Tx } from '#database';
import type { Id } from '#kernel';
import { TRANSITIONS } from '../domain/transitions.js';

export const END_RESERVATIONS = statement(
  `WITH updated AS (
     UPDATE inventory.reservations AS reservation
     SET status = $2, release_cause = CASE WHEN $2 = 'released' THEN 'cancelled' END, ended_at = now(), last_sequence = 1 + (
       SELECT max(known.last_sequence) FROM inventory.reservations AS known WHERE known.order_id = reservation.order_id
     )
     WHERE order_id = ANY($1) AND status = ANY($3)
     RETURNING order_id, sku, location, quantity - consumed AS quantity, last_sequence
   ), level_rows AS (
     UPDATE inventory.levels AS level
     SET reserved = level.reserved - back.units, version = level.version + 1
     FROM (SELECT sku, location, sum(quantity) AS units FROM updated GROUP BY sku, location) AS back
     WHERE level.sku = back.sku AND level.location = back.location
   )
   SELECT order_id AS "orderId", sku, location, quantity, last_sequence AS "lastSequence" FROM updated ORDER BY order_id, sku`,
  {
    orderId: col.text<Id<'order'>>(),
    sku: col.text(),
    location: col.text(),
    quantity: col.integer(),
    lastSequence: col.integer(),
  },
);

/** Ends what these orders hold and have not paid, and gives the units back. The reservations and their levels are locked. */
export async function endReservations(
  tx: Tx,
  orderIds: readonly Id<'order'>[],
  { from, to }: (typeof TRANSITIONS)['expired' | 'cancelled'],
): Promise<RowOf<typeof END_RESERVATIONS>[]> {
  return (await tx.query(END_RESERVATIONS, [orderIds, to, from])).rows;
}
