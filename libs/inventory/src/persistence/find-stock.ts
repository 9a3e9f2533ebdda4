import { col, statement, type Reader, type RowOf } from '#database';

export interface LevelOfStock {
  readonly sku: string;
  readonly location: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly safetyStock: number;
  readonly backorderLimit: number;
  readonly lowStockAt: number | null;
  readonly version: number;
}

export const FIND_STOCK = statement(
  `WITH page AS (
     SELECT DISTINCT sku FROM inventory.levels WHERE sku > $1 AND ($2::text IS NULL OR location = $2) ORDER BY sku LIMIT $3
   ), level AS (
     SELECT level.*, GREATEST(0, on_hand - reserved - safety_stock + backorder_limit) AS available, location.active
     FROM page JOIN inventory.levels AS level USING (sku) JOIN inventory.locations AS location ON location.id = level.location
     WHERE $2::text IS NULL OR location = $2
   )
   SELECT sku, sum(on_hand)::bigint AS "onHand", sum(reserved)::bigint AS reserved,
     sum(CASE WHEN active THEN available ELSE 0 END)::bigint AS available, sum(version)::bigint AS version,
     json_agg(json_build_object('sku', sku, 'location', location, 'onHand', on_hand, 'reserved', reserved, 'available', available,
       'safetyStock', safety_stock, 'backorderLimit', backorder_limit, 'lowStockAt', low_stock_at, 'version', version)
       ORDER BY location) AS levels
   FROM level GROUP BY sku ORDER BY sku`,
  {
    sku: col.text(),
    onHand: col.bigint(),
    reserved: col.bigint(),
    available: col.bigint(),
    version: col.bigint(),
    levels: col.json<LevelOfStock[]>(),
  },
);

export type StockOfSku = RowOf<typeof FIND_STOCK>;

/** What there is of each SKU, by location and in sum, in the order of SKUs. Inactive locations promise nothing. */
export async function findStock(
  db: Reader,
  { after, location, max }: { readonly after: string; readonly location: string | undefined; readonly max: number },
): Promise<StockOfSku[]> {
  return (await db.query(FIND_STOCK, [after, location ?? null, max])).rows;
}
