import { col, statement, type RowOf, type Tx } from '#database';
import type { Id } from '#kernel';
import type { ReleaseCause, ReservationStatus } from '../domain/transitions.js';

export const LOCK_RESERVATIONS = statement(
  `SELECT order_id AS "orderId", sku, quantity, status, release_cause AS "releaseCause", location, consumed,
     held_sequence AS "heldSequence", last_sequence AS "lastSequence",
     committed_at IS NOT NULL AS "wasCommitted"
   FROM inventory.reservations
   WHERE order_id = ANY($1) AND status = ANY($2)
   ORDER BY order_id, sku, location, held_sequence
   FOR UPDATE`,
  {
    orderId: col.text<Id<'order'>>(),
    sku: col.text(),
    quantity: col.integer(),
    status: col.text<ReservationStatus>(),
    releaseCause: col.orNull(col.text<ReleaseCause>()),
    location: col.text(),
    consumed: col.integer(),
    heldSequence: col.integer(),
    lastSequence: col.integer(),
    wasCommitted: col.boolean(),
  },
);

export type LockedReservation = RowOf<typeof LOCK_RESERVATIONS>;

/**
 * Locks what these orders have in one of these states. Whoever changes reservations locks them here, before any level, so that two who
 * change the same orders wait in line; the statement that follows sees the rows as they were when the lock was granted.
 */
export async function lockReservations(
  tx: Tx,
  orderIds: readonly Id<'order'>[],
  statuses: readonly ReservationStatus[],
): Promise<LockedReservation[]> {
  const { rows } = await tx.query(LOCK_RESERVATIONS, [orderIds, statuses]);
  return rows;
}
