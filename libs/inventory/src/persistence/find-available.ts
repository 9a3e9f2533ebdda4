import { col, statement, type Reader } from '#database';
import { LOCATION } from './stock-level.entity.js';

export const FIND_AVAILABLE = statement(
  'SELECT sku, on_hand - reserved AS available FROM inventory.levels WHERE sku = ANY($1) AND location = $2',
  { sku: col.text(), available: col.integer() },
);

/** How much of each SKU can be promised; unknown SKUs are absent. */
export async function findAvailable(db: Reader, skus: readonly string[]): Promise<Map<string, number>> {
  if (skus.length === 0) return new Map();
  const { rows } = await db.query(FIND_AVAILABLE, [skus, LOCATION]);
  return new Map(rows.map((row) => [row.sku, row.available]));
}
