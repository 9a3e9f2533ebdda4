import { col, statement, type Reader, type RowOf } from '#database';
import type { Id } from '#kernel';
import type { ReleaseCause, ReservationStatus } from '../domain/transitions.js';

/** Units that are owed beyond what lies there are those of the reservations that come last, as in a shortage. */
export const FIND_RESERVATIONS = statement(
  `WITH page AS (
     SELECT * FROM inventory.reservations
     WHERE ($1::text IS NULL OR sku = $1) AND ($2::text IS NULL OR location = $2) AND ($3::text IS NULL OR order_id = $3)
       AND status = ANY($4) AND (order_id, sku, location, held_sequence) > ($5::text, $6::text, $7::text, $8::integer)
     ORDER BY order_id, sku, location, held_sequence LIMIT $9
   ), owed AS (
     SELECT hold.order_id, sku, location, hold.held_sequence, level.on_hand,
       sum(hold.quantity - hold.consumed) OVER (
         PARTITION BY sku, location
         ORDER BY hold.status = 'committed' DESC, hold.status = 'extended' DESC, hold.held_at, hold.order_id
       ) AS needed
     FROM inventory.levels AS level JOIN inventory.reservations AS hold USING (sku, location)
     WHERE sku IN (SELECT sku FROM page) AND level.reserved > level.on_hand AND hold.status IN ('held', 'extended', 'committed')
   )
   SELECT page.order_id AS "orderId", page.sku, page.location, page.held_sequence AS "heldSequence", page.quantity, page.consumed,
     COALESCE(LEAST(page.quantity - page.consumed, GREATEST(0, owed.needed - owed.on_hand)), 0)::integer AS backordered,
     page.status, page.release_cause AS "releaseCause", page.held_at AS "heldAt", page.expires_at AS "expiresAt"
   FROM page LEFT JOIN owed USING (order_id, sku, location, held_sequence)
   ORDER BY page.order_id, page.sku, page.location, page.held_sequence`,
  {
    orderId: col.text<Id<'order'>>(),
    sku: col.text(),
    location: col.text(),
    heldSequence: col.integer(),
    quantity: col.integer(),
    consumed: col.integer(),
    backordered: col.integer(),
    status: col.text<ReservationStatus>(),
    releaseCause: col.orNull(col.text<ReleaseCause>()),
    heldAt: col.timestamptz(),
    expiresAt: col.timestamptz(),
  },
);

export type FoundReservation = RowOf<typeof FIND_RESERVATIONS>;

export interface ReservationFilter {
  readonly sku?: string | undefined;
  readonly location?: string | undefined;
  readonly orderId?: string | undefined;
  readonly statuses: readonly ReservationStatus[];
}

export type ReservationKey = readonly [orderId: string, sku: string, location: string, heldSequence: number];

/** By order, SKU and location. @param after the key of the last one that is known */
export async function findReservations(
  db: Reader,
  { sku, location, orderId, statuses }: ReservationFilter,
  { after, max }: { readonly after: ReservationKey; readonly max: number },
): Promise<FoundReservation[]> {
  const parameters = [sku ?? null, location ?? null, orderId ?? null, statuses, ...after, max];
  return (await db.query(FIND_RESERVATIONS, parameters)).rows;
}
