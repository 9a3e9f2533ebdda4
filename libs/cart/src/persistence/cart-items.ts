import type { Reader, Tx } from '#database';
import type { Id } from '#kernel';
import { LINES_MAX } from '../domain/cart-limits.js';
import { CartItem } from './cart.entity.js';
import { ADD_UNITS, SET_UNITS } from './write-units.js';
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
  const { count } = await tx.query(ADD_UNITS, paramsOf(change));
  if (count === 0) throw await refusal(tx, change);
}

/** Sets the units of a SKU, also of one that was not there. Otherwise like `addUnits`. */
export async function setUnits(tx: Tx, change: ItemChange): Promise<void> {
  const { count } = await tx.query(SET_UNITS, paramsOf(change));
  if (count === 0) throw await refusal(tx, change);
}

export async function removeItem(tx: Tx, cartId: Id<'cart'>, sku: string): Promise<void> {
  await tx.manager.delete(CartItem, { cartId, sku });
}

const paramsOf = ({ cartId, sku, quantity, unitsMax }: ItemChange) => [cartId, sku, quantity, unitsMax, LINES_MAX];

async function refusal(tx: Tx, { cartId, sku, unitsMax }: ItemChange): Promise<QuantityLimit> {
  const items = await itemsOf(tx, cartId);
  const full = items.length >= LINES_MAX && !items.some((item) => item.sku === sku);
  return full ? QuantityLimit.lines(LINES_MAX) : QuantityLimit.units(sku, unitsMax);
}
