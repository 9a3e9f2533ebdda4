import { statement, type Tx } from '#database';
import type { Id } from '#kernel';

export const SET_DISCOUNT_CODE = statement('UPDATE cart.carts SET discount_code = $2 WHERE id = $1');

/** @param code null for none. The row is locked by the caller, who has counted its version up. */
export async function setDiscountCode(tx: Tx, id: Id<'cart'>, code: string | null): Promise<void> {
  await tx.query(SET_DISCOUNT_CODE, [id, code]);
}
