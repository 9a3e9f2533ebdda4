import { statement, type Tx } from '#database';
import type { Id } from '#kernel';

export const INSERT_ITEMS = statement(
  `INSERT INTO cart.items (cart_id, sku, quantity, position)
   SELECT $1, sku, quantity, position
   FROM unnest($2::text[], $3::int[]) WITH ORDINALITY AS input (sku, quantity, position)`,
);

/** Fills a cart that was made in this transaction. @param items units by SKU */
export async function insertItems(tx: Tx, cartId: Id<'cart'>, items: ReadonlyMap<string, number>): Promise<void> {
  await tx.query(INSERT_ITEMS, [cartId, [...items.keys()], [...items.values()]]);
}
