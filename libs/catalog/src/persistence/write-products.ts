import { recordAudit } from '#audit';
import type { Tx } from '#database';
import type { Money } from '#kernel';

export interface ProductToWrite {
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
  readonly active: boolean;
  readonly maxPerOrder: number | null;
}

const ROWS = `
  FROM unnest($1::text[], $2::text[], $3::boolean[], $4::integer[]) AS input (sku, name, active, max_per_order)`;

// Sorted, so that two imports cannot wait for each other. It waits for whoever inserts the same SKU at this moment, so that what the next
// statement locks is all that existed.
const INSERT = `
  INSERT INTO catalog.products (sku, name, active, max_per_order)
  SELECT sku, name, active, max_per_order ${ROWS} ORDER BY sku
  ON CONFLICT (sku) DO NOTHING
  RETURNING sku`;

const LOCK = 'SELECT FROM catalog.products WHERE sku = ANY($1) ORDER BY sku FOR UPDATE';

// A statement of its own: one that had to wait for the lock would read the prices as they were before it waited.
const CURRENT = `
  SELECT product.sku, product.name, product.active, product.max_per_order AS "maxPerOrder", price.amount
  FROM catalog.products AS product
  JOIN unnest($1::text[], $2::text[]) AS input (sku, currency) USING (sku)
  LEFT JOIN catalog.prices AS price ON price.sku = product.sku AND price.currency = input.currency`;

const UPDATE = (assignments: string) => `
  UPDATE catalog.products AS product SET ${assignments}, updated_at = now() ${ROWS} WHERE product.sku = input.sku`;

const BY_MODE = {
  replace: UPDATE('name = input.name, active = input.active, max_per_order = input.max_per_order'),
  rename: UPDATE('name = input.name'),
};

const PRICES = `
  INSERT INTO catalog.prices (sku, currency, amount)
  SELECT sku, currency, amount FROM unnest($1::text[], $2::text[], $3::bigint[]) AS input (sku, currency, amount)
  ORDER BY sku
  ON CONFLICT (sku, currency) DO UPDATE SET amount = EXCLUDED.amount`;

interface CurrentRow {
  readonly sku: string;
  readonly name: string;
  readonly active: boolean;
  readonly maxPerOrder: number | null;
  /** Null where the product has no price in the currency that is written. */
  readonly amount: number | null;
}

/** What becomes of a product that exists: `replace` writes everything, `rename` only its name and price. */
type Mode = 'replace' | 'rename';

/**
 * Creates or changes products, each SKU once, with six statements at most. Prices in other currencies stay. Leaves an audit entry for each
 * product.
 *
 * @returns the SKUs that were created
 */
export async function writeProducts(
  tx: Tx,
  products: readonly ProductToWrite[],
  mode: Mode,
  actor: string,
): Promise<Set<string>> {
  if (products.length === 0) return new Set();
  const created = new Set((await tx.query<{ sku: string }>(INSERT, columns(products))).rows.map(({ sku }) => sku));
  const others = products.filter(({ sku }) => !created.has(sku));
  const current = await lock(tx, others);
  if (others.length > 0) await tx.query(BY_MODE[mode], columns(others));
  await tx.query(PRICES, [
    products.map(({ sku }) => sku),
    products.map(({ price }) => price.currency),
    products.map(({ price }) => price.amount),
  ]);
  const changes = products.map((product) => changeOf(product, current.get(product.sku), mode));
  await recordAudit(tx, actor, changes);
  return created;
}

async function lock(tx: Tx, products: readonly ProductToWrite[]): Promise<Map<string, CurrentRow>> {
  if (products.length === 0) return new Map();
  const skus = products.map(({ sku }) => sku);
  await tx.query(LOCK, [skus]);
  const { rows } = await tx.query<CurrentRow>(CURRENT, [skus, products.map(({ price }) => price.currency)]);
  return new Map(rows.map((row) => [row.sku, row]));
}

function changeOf(
  { sku, name, active, maxPerOrder, price }: ProductToWrite,
  current: CurrentRow | undefined,
  mode: Mode,
) {
  const subject = { type: 'product', id: sku };
  const { amount, currency } = price;
  const written = { name, active, maxPerOrder, price: { amount, currency } };
  if (current === undefined) return { action: 'product.create', subject, before: null, after: written };
  const before = {
    name: current.name,
    active: current.active,
    maxPerOrder: current.maxPerOrder,
    price: current.amount === null ? null : { amount: current.amount, currency },
  };
  const after = mode === 'replace' ? written : { ...before, name, price: written.price };
  return { action: 'product.replace', subject, before, after };
}

const columns = (products: readonly ProductToWrite[]): unknown[] => [
  products.map(({ sku }) => sku),
  products.map(({ name }) => name),
  products.map(({ active }) => active),
  products.map(({ maxPerOrder }) => maxPerOrder),
];
