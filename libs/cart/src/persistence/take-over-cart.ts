import { statement, type Tx } from '#database';
import type { Id } from '#kernel';

export const TAKE_OVER_CART = statement(
  `UPDATE cart.carts SET customer_id = $2, token_hash = NULL, discount_code = $3, version = version + 1, updated_at = now()
   WHERE id = $1 AND status = 'active' AND customer_id IS NULL`,
);

/** Makes a guest's cart the customer's. Its token opens nothing any more. @throws {Error} when its row had not been locked */
export async function takeOverCart(
  tx: Tx,
  id: Id<'cart'>,
  { customerId, discountCode }: { readonly customerId: string; readonly discountCode: string | null },
): Promise<void> {
  const { count } = await tx.query(TAKE_OVER_CART, [id, customerId, discountCode]);
  if (count !== 1) throw new Error('A cart was taken over that had not been locked.');
}
