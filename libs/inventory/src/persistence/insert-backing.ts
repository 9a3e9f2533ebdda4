import { col, statement, type RowOf, type Tx } from '#database';
import type { Id } from '#kernel';
import type { Allocation } from '../domain/allocate.js';

/** An order that still holds a part of the level holds more of it afterwards, in the same row. */
export const INSERT_BACKING = statement(
  `WITH input AS (
     SELECT * FROM unnest($2::text[], $3::text[], $4::integer[]) AS input (sku, location, quantity)
   ), updated AS (
     UPDATE inventory.levels AS level
     SET reserved = level.reserved + input.quantity, version = level.version + 1
     FROM input
     WHERE level.sku = input.sku AND level.location = input.location
       AND level.reserved + input.quantity <= level.on_hand - level.safety_stock + level.backorder_limit
     RETURNING level.sku, level.location
   ), earlier AS (
     SELECT max(last_sequence) AS sequence FROM inventory.reservations WHERE order_id = $1
   )
   INSERT INTO inventory.reservations
     (order_id, sku, location, held_sequence, last_sequence, quantity, status, expires_at, first_expires_at, committed_at)
   SELECT $1, sku, location, COALESCE(earlier.sequence, 0) + 1, COALESCE(earlier.sequence, 0) + 2, input.quantity, 'committed',
     hold.ends_at, hold.ends_at, now()
   FROM input JOIN updated USING (sku, location) CROSS JOIN earlier
     CROSS JOIN (SELECT date_trunc('milliseconds', now()) + make_interval(secs => $5) AS ends_at) AS hold
   ON CONFLICT (sku, location, order_id) WHERE status IN ('held', 'extended', 'committed')
   DO UPDATE SET quantity = reservations.quantity + excluded.quantity, last_sequence = excluded.last_sequence
   RETURNING last_sequence AS "lastSequence", expires_at AS "expiresAt"`,
  { lastSequence: col.integer(), expiresAt: col.timestamptz() },
);

/**
 * Adds committed units to an order. The levels and the order's reservations are locked, and the allocations fit the levels.
 *
 * @throws {Error} when a line finds less than its level said, so that nothing of the transaction takes effect
 */
export async function insertBacking(
  tx: Tx,
  orderId: Id<'order'>,
  allocations: readonly Allocation[],
  seconds: number,
): Promise<RowOf<typeof INSERT_BACKING>> {
  const { rows } = await tx.query(INSERT_BACKING, [
    orderId,
    allocations.map(({ sku }) => sku),
    allocations.map(({ location }) => location),
    allocations.map(({ quantity }) => quantity),
    seconds,
  ]);
  const [row] = rows;
  if (row === undefined || rows.length !== allocations.length) {
    throw new Error('Locked stock levels have less left than they said.');
  }
  return row;
}
