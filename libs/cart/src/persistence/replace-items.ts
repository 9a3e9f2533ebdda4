import { statement, type Tx } from '#database';
import type { Id } from '#kernel';

export const REPLACE_ITEMS = statement(
  `INSERT INTO cart.items (cart_id, sku, quantity, position)
   SELECT $1, sku, quantity, position
   FROM unnest($2::text[], $3::int[]) WITH ORDINALITY AS input (sku, quantity, position)
   ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = excluded.quantity, position = excluded.position`,
);

/** Gives a cart these items, in this order. They include everything that it has already. */
export async function replaceItems(
  tx: Tx,
  cartId: Id<'cart'>,
  items: readonly { readonly sku: string; readonly quantity: number }[],
): Promise<void> {
  const [skus, quantities] = [items.map(({ sku }) => sku), items.map(({ quantity }) => quantity)];
  await tx.query(REPLACE_ITEMS, [cartId, skus, quantities]);
}
