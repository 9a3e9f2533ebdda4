import { col, statement, type RowOf, type Tx } from '#database';
import type { HoldLine } from '#contracts';
import type { Id } from '#kernel';
import { LOCATION } from './stock-level.entity.js';

/** Times are cut to milliseconds, which is what a Date carries. */
export const INSERT_RESERVATIONS = statement(
  `WITH input AS (
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[]) AS input (order_id, sku, quantity)
   ), updated AS (
     UPDATE inventory.levels AS level
     SET reserved = level.reserved + wanted.units, version = level.version + 1
     FROM (SELECT sku, sum(quantity) AS units FROM input GROUP BY sku) AS wanted
     WHERE level.sku = wanted.sku AND level.location = $4 AND level.reserved + wanted.units <= level.on_hand
     RETURNING level.sku, level.location
   ), earlier AS (
     SELECT order_id, max(last_sequence) AS sequence FROM inventory.reservations WHERE order_id = ANY($1) GROUP BY order_id
   )
   INSERT INTO inventory.reservations (order_id, sku, location, held_sequence, last_sequence, quantity, status, expires_at, first_expires_at)
   SELECT input.order_id, input.sku, updated.location, COALESCE(earlier.sequence, 0) + 1, COALESCE(earlier.sequence, 0) + 1,
     input.quantity, 'held', hold.ends_at, hold.ends_at
   FROM input JOIN updated USING (sku) LEFT JOIN earlier USING (order_id)
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
 * Holds these lines for `seconds`. The levels are guarded once more, although they are locked and the decision fits them: whatever else
 * goes wrong, a level that has too little left yields no row.
 *
 * @throws {Error} when a line is not held, so that nothing of the transaction takes effect
 */
export async function insertReservations(
  tx: Tx,
  lines: readonly (HoldLine & { readonly orderId: Id<'order'> })[],
  seconds: number,
): Promise<HeldLine[]> {
  if (lines.length === 0) return [];
  const { rows } = await tx.query(INSERT_RESERVATIONS, [
    lines.map(({ orderId }) => orderId),
    lines.map(({ sku }) => sku),
    lines.map(({ quantity }) => quantity),
    LOCATION,
    seconds,
  ]);
  if (rows.length !== lines.length) throw new Error('Locked stock levels have less left than they said.');
  return rows;
}
