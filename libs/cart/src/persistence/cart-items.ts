import type { Reader, Tx } from '#database';
import type { Id } from '#kernel';
import { LINES_MAX } from '../domain/cart-limits.js';
import { CartItem } from './cart.entity.js';
import { QuantityLimit } from '../domain/cart.errors.js';

export interface ItemChange {
  readonly cartId: Id<'cart'>;
  readonly sku: string;
  readonly quantity: number;
  /** Units of this SKU that the cart takes at the most. */
  readonly unitsMax: number;
}

/** The items in the order in which they were first added. */
export async function itemsOf(db: Reader, cartId: Id<'cart'>): Promise<CartItem[]> {
  return db.manager.find(CartItem, { where: { cartId }, order: { position: 'ASC' } });
}

/**
 * Adds to what is there. The cart must have been claimed in this transaction.
 *
 * @throws {QuantityLimit} when the cart would hold more units of the SKU, or more SKUs, than it takes.
 */
export async function addUnits(tx: Tx, change: ItemChange): Promise<void> {
  await write(tx, change, 'items.quantity + excluded.quantity');
}

/** Sets the units of a SKU, also of one that was not there. Otherwise like `addUnits`. */
export async function setUnits(tx: Tx, change: ItemChange): Promise<void> {
  await write(tx, change, 'excluded.quantity');
}

export async function removeItem(tx: Tx, cartId: Id<'cart'>, sku: string): Promise<void> {
  await tx.manager.delete(CartItem, { cartId, sku });
}

/** Fills a cart that was made in this transaction. */
export async function fill(tx: Tx, cartId: Id<'cart'>, items: ReadonlyMap<string, number>): Promise<void> {
  await tx.query(
    `INSERT INTO cart.items (cart_id, sku, quantity, position)
     SELECT $1, sku, quantity, position
     FROM unnest($2::text[], $3::int[]) WITH ORDINALITY AS given (sku, quantity, position)`,
    [cartId, [...items.keys()], [...items.values()]],
  );
}

async function write(tx: Tx, change: ItemChange, total: 'items.quantity + excluded.quantity' | 'excluded.quantity') {
  const { cartId, sku, quantity, unitsMax } = change;
  const { count } = await tx.query(
    `INSERT INTO cart.items (cart_id, sku, quantity, position)
     SELECT $1::text, $2::text, $3::int, coalesce(max(position), 0) + 1 FROM cart.items WHERE cart_id = $1
     HAVING $3 <= $4::int AND (count(*) < $5::int OR bool_or(sku = $2))
     ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = ${total} WHERE ${total} <= $4
     RETURNING quantity`,
    [cartId, sku, quantity, unitsMax, LINES_MAX],
  );
  if (count === 0) throw await refusal(tx, change);
}

async function refusal(tx: Tx, { cartId, sku, unitsMax }: ItemChange): Promise<QuantityLimit> {
  const items = await itemsOf(tx, cartId);
  const full = items.length >= LINES_MAX && !items.some((item) => item.sku === sku);
  return full ? QuantityLimit.lines(LINES_MAX) : QuantityLimit.units(sku, unitsMax);
}
