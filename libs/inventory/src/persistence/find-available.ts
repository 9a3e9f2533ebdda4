import { UNITS_MAX } from '#contracts';
import { col, statement, type Reader } from '#database';

export const FIND_AVAILABLE = statement(
  `SELECT level.sku, LEAST(${UNITS_MAX}, sum(
     CASE WHEN location.active
       THEN GREATEST(0, level.on_hand - level.reserved - level.safety_stock + level.backorder_limit) ELSE 0 END
   ))::integer AS available
   FROM inventory.levels AS level JOIN inventory.locations AS location ON location.id = level.location
   WHERE level.sku = ANY($1)
   GROUP BY level.sku`,
  { sku: col.text(), available: col.integer() },
);

/** How much of each SKU can be promised, at all active locations together; unknown SKUs are absent. */
export async function findAvailable(db: Reader, skus: readonly string[]): Promise<Map<string, number>> {
  if (skus.length === 0) return new Map();
  const { rows } = await db.query(FIND_AVAILABLE, [skus]);
  return new Map(rows.map((row) => [row.sku, row.available]));
}
