import type { HoldLine } from '#contracts';
import { col, statement, type Tx } from '#database';
import type { Id } from '#kernel';

export const FIND_LINES = statement(
  'SELECT cart_id AS "cartId", sku, quantity FROM cart.items WHERE cart_id = ANY ($1) ORDER BY cart_id, position',
  { cartId: col.text<Id<'cart'>>(), sku: col.text(), quantity: col.integer() },
);

/** What is in each of these carts, empty where there is nothing, in the order in which it was first added. */
export async function findLines(tx: Tx, ids: readonly Id<'cart'>[]): Promise<Map<Id<'cart'>, HoldLine[]>> {
  const { rows } = await tx.query(FIND_LINES, [ids]);
  const lines = new Map(ids.map((id): [Id<'cart'>, HoldLine[]] => [id, []]));
  for (const { cartId, sku, quantity } of rows) lines.get(cartId)?.push({ sku, quantity });
  return lines;
}
