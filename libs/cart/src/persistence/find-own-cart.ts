import { col, statement, type Tx } from '#database';
import type { Id } from '#kernel';

export const FIND_OWN_CART = statement(
  `SELECT id FROM cart.carts
   WHERE customer_id = $1 AND id <> $2 AND status = 'active'
     AND currency = (SELECT currency FROM cart.carts WHERE id = $2)
   ORDER BY updated_at DESC, id DESC LIMIT 1`,
  { id: col.text<Id<'cart'>>() },
);

/** The cart that a customer has changed last, beside this one and in its currency. */
export async function findOwnCart(tx: Tx, customerId: string, besides: Id<'cart'>): Promise<Id<'cart'> | undefined> {
  const { rows } = await tx.query(FIND_OWN_CART, [customerId, besides]);
  return rows[0]?.id;
}
