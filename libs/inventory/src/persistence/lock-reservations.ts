import type { Tx } from '#database';
import type { Id } from '#kernel';
import type { ReservationStatus } from '../domain/reservation-status.js';

export interface LockedReservation {
  readonly orderId: Id<'order'>;
  readonly sku: string;
  readonly quantity: number;
  readonly status: ReservationStatus;
}

const LOCK = `
  SELECT order_id AS "orderId", sku, quantity, status FROM inventory.reservations
  WHERE order_id = ANY($1) AND status = ANY($2)
  ORDER BY order_id, sku, location, held_sequence
  FOR UPDATE`;

/**
 * Locks what these orders have in one of these states. Whoever changes reservations locks them here, before any level, so that two who
 * change the same orders wait in line; the statement that follows sees the rows as they were when the lock was granted.
 */
export async function lockReservations(
  tx: Tx,
  orderIds: readonly Id<'order'>[],
  statuses: readonly ReservationStatus[],
): Promise<LockedReservation[]> {
  const { rows } = await tx.query<LockedReservation>(LOCK, [orderIds, statuses]);
  return rows;
}
