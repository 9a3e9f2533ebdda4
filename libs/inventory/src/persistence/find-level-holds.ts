import { col, statement, type RowOf, type Tx } from '#database';
import type { Id } from '#kernel';
import type { ReservationStatus } from '../domain/transitions.js';

const COLUMNS = {
  orderId: col.text<Id<'order'>>(),
  quantity: col.integer(),
  status: col.text<ReservationStatus>(),
  heldAt: col.timestamptz(),
};

const LIVE = `
  SELECT order_id AS "orderId", quantity - consumed AS quantity, status, held_at AS "heldAt"
  FROM inventory.reservations
  WHERE sku = $1 AND location = $2 AND status IN ('held', 'extended', 'committed')
  ORDER BY order_id`;

export const FIND_LEVEL_HOLDS = statement(LIVE, COLUMNS);

export const LOCK_LEVEL_HOLDS = statement(`${LIVE} FOR UPDATE`, COLUMNS);

/** A level that is locked already must not be waited with: whoever holds a reservation may wait for the level. */
export const LOCK_LEVEL_HOLDS_AT_ONCE = statement(`${LIVE} FOR UPDATE NOWAIT`, COLUMNS);

export type LevelHolds = RowOf<typeof FIND_LEVEL_HOLDS>[];

interface Level {
  readonly sku: string;
  readonly location: string;
}

/** What orders hold of a level, units that have not left. */
export async function findLevelHolds(tx: Tx, { sku, location }: Level): Promise<LevelHolds> {
  return (await tx.query(FIND_LEVEL_HOLDS, [sku, location])).rows;
}

/**
 * The same, locked. Reservations are locked before levels; what came between the two locks is taken with `atOnce`.
 *
 * @throws a lock that is not available, upon which the transaction runs again
 */
export async function lockLevelHolds(tx: Tx, { sku, location }: Level, atOnce: boolean): Promise<LevelHolds> {
  if (atOnce) return (await tx.query(LOCK_LEVEL_HOLDS_AT_ONCE, [sku, location])).rows;
  return (await tx.query(LOCK_LEVEL_HOLDS, [sku, location])).rows;
}
