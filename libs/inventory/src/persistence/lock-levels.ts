import { col, statement, type RowOf, type Tx } from '#database';
import { promisable } from '../domain/level.js';
import type { LevelLeft } from '../domain/allocate.js';

export const LOCK_LEVELS = statement(
  `SELECT level.sku, level.location, level.on_hand AS "onHand", level.reserved, level.safety_stock AS "safetyStock",
     level.backorder_limit AS "backorderLimit", level.low_stock_at AS "lowStockAt", level.version,
     location.active, location.priority
   FROM inventory.levels AS level JOIN inventory.locations AS location ON location.id = level.location
   WHERE level.sku = ANY($1)
   ORDER BY level.sku, level.location
   FOR UPDATE OF level`,
  {
    sku: col.text(),
    location: col.text(),
    onHand: col.integer(),
    reserved: col.integer(),
    safetyStock: col.integer(),
    backorderLimit: col.integer(),
    lowStockAt: col.orNull(col.integer()),
    version: col.bigint(),
    active: col.boolean(),
    priority: col.integer(),
  },
);

export type LockedLevel = RowOf<typeof LOCK_LEVELS>;

/**
 * Locks the levels of these SKUs at every location and tells their numbers as of the moment the lock was granted. Everybody who changes
 * levels locks them here first, in the order of SKU and location, so that nobody waits in a circle. Unknown SKUs are absent.
 */
export async function lockLevels(tx: Tx, skus: Iterable<string>): Promise<LockedLevel[]> {
  return (await tx.query(LOCK_LEVELS, [[...new Set(skus)]])).rows;
}

/** What new orders can be promised of them. */
export const leftOf = (levels: readonly LockedLevel[]): LevelLeft[] =>
  levels
    .filter(({ active }) => active)
    .map((level) => ({
      sku: level.sku,
      location: level.location,
      priority: level.priority,
      inHand: Math.max(0, promisable(level) - level.backorderLimit),
      promisable: promisable(level),
    }));
