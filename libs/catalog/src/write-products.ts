import type { Tx } from '#database';
import type { Money } from '#kernel';

export interface ProductToWrite {
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
  readonly active: boolean;
  readonly maxPerOrder: number | null;
}

// A row version that no transaction has replaced or locked yet is a new one. Sorted, so that two imports cannot wait for each other.
const PRODUCTS = (onConflict: string) => `
  INSERT INTO catalog.products AS product (sku, name, active, max_per_order)
  SELECT sku, name, active, max_per_order
  FROM unnest($1::text[], $2::text[], $3::boolean[], $4::integer[]) AS given (sku, name, active, max_per_order)
  ORDER BY sku
  ON CONFLICT (sku) DO UPDATE SET ${onConflict}, updated_at = now()
  RETURNING sku, product.xmax = 0 AS created`;

const BY_MODE = {
  replace: PRODUCTS('name = EXCLUDED.name, active = EXCLUDED.active, max_per_order = EXCLUDED.max_per_order'),
  rename: PRODUCTS('name = EXCLUDED.name'),
};

const PRICES = `
  INSERT INTO catalog.prices (sku, currency, amount)
  SELECT sku, currency, amount FROM unnest($1::text[], $2::text[], $3::bigint[]) AS given (sku, currency, amount)
  ORDER BY sku
  ON CONFLICT (sku, currency) DO UPDATE SET amount = EXCLUDED.amount`;

/**
 * Creates or changes products, each SKU once, with two statements. Prices in other currencies stay.
 *
 * @param mode what becomes of a product that exists: `replace` writes everything, `rename` only its name and price
 * @returns the SKUs that were created
 */
export async function writeProducts(
  tx: Tx,
  products: readonly ProductToWrite[],
  mode: 'replace' | 'rename',
): Promise<Set<string>> {
  if (products.length === 0) return new Set();
  const skus = products.map(({ sku }) => sku);
  const { rows } = await tx.query<{ sku: string; created: boolean }>(BY_MODE[mode], [
    skus,
    products.map(({ name }) => name),
    products.map(({ active }) => active),
    products.map(({ maxPerOrder }) => maxPerOrder),
  ]);
  await tx.query(PRICES, [
    skus,
    products.map(({ price }) => price.currency),
    products.map(({ price }) => price.amount),
  ]);
  return new Set(rows.filter(({ created }) => created).map(({ sku }) => sku));
}
