import { col, statement, type Tx } from '#database';
import { LOCATION } from './stock-level.entity.js';

export const LOCK_LEVELS = statement(
  `SELECT sku, on_hand - reserved AS available FROM inventory.levels
   WHERE sku = ANY($1) AND location = $2
   ORDER BY sku
   FOR UPDATE`,
  { sku: col.text(), available: col.integer() },
);

/**
 * Locks the levels of these SKUs and tells what each has left, as of the moment its lock was granted. Everybody who changes several
 * levels locks them here first, in the order of their SKUs, so that nobody waits in a circle. Unknown SKUs are absent.
 */
export async function lockLevels(tx: Tx, skus: Iterable<string>): Promise<Map<string, number>> {
  const { rows } = await tx.query(LOCK_LEVELS, [[...new Set(skus)], LOCATION]);
  return new Map(rows.map((row) => [row.sku, row.available]));
}
