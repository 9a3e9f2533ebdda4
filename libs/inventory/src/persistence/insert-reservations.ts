import { col, statement, type RowOf, type Tx } from '#database';
import type { Id } from '#kernel';
import type { Allocation } from '../domain/allocate.js';

/** Times are cut to milliseconds, which is what a Date carries. */
export const INSERT_RESERVATIONS = statement(
  `WITH input AS (
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[]) AS input (order_id, sku, location, quantity)
   ), updated AS (
     UPDATE inventory.levels AS level
     SET reserved = level.reserved + wanted.units, version = level.version + 1
     FROM (SELECT sku, location, sum(quantity) AS units FROM input GROUP BY sku, location) AS wanted
     WHERE level.sku = wanted.sku AND level.location = wanted.location
       AND level.reserved + wanted.units <= level.on_hand - level.safety_stock + level.backorder_limit
     RETURNING level.sku, level.location
   ), earlier AS (
     SELECT order_id, max(last_sequence) AS sequence FROM inventory.reservations WHERE order_id = ANY($1) GROUP BY order_id
   )
   INSERT INTO inventory.reservations (order_id, sku, location, held_sequence, last_sequence, quantity, status, expires_at, first_expires_at)
   SELECT input.order_id, sku, location, COALESCE(earlier.sequence, 0) + 1, COALESCE(earlier.sequence, 0) + 1,
     input.quantity, 'held', hold.ends_at, hold.ends_at
   FROM input JOIN updated USING (sku, location) LEFT JOIN earlier USING (order_id)
     CROSS JOIN (SELECT date_trunc('milliseconds', now()) + make_interval(secs => $5) AS ends_at) AS hold
   RETURNING order_id AS "orderId", sku, quantity, held_sequence AS "heldSequence", expires_at AS "expiresAt"`,
  {
    orderId: col.text<Id<'order'>>(),
    sku: col.text(),
    quantity: col.integer(),
    heldSequence: col.integer(),
    expiresAt: col.timestamptz(),
  },
);

export type HeldLine = RowOf<typeof INSERT_RESERVATIONS>;

/**
 * Holds these units for `seconds`. The levels are guarded once more, although they are locked and the decision fits them: whatever else
 * goes wrong, a level that has too little left yields no row.
 *
 * @throws {Error} when a line is not held, so that nothing of the transaction takes effect
 */
export async function insertReservations(
  tx: Tx,
  allocations: readonly (Allocation & { readonly orderId: Id<'order'> })[],
  seconds: number,
): Promise<HeldLine[]> {
  if (allocations.length === 0) return [];
  const { rows } = await tx.query(INSERT_RESERVATIONS, [
    allocations.map(({ orderId }) => orderId),
    allocations.map(({ sku }) => sku),
    allocations.map(({ location }) => location),
    allocations.map(({ quantity }) => quantity),
    seconds,
  ]);
  if (rows.length !== allocations.length) throw new Error('Locked stock levels have less left than they said.');
  return rows;
}
