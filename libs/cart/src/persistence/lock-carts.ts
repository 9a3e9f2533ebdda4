import { col, statement, type RowOf, type Tx } from '#database';
import type { Currency, Id } from '#kernel';
import type { CartStatus } from '../domain/transitions.js';

/** Everybody locks carts in this order, so that lists with common carts wait for each other and do not deadlock. */
export const LOCK_CARTS = statement(
  `SELECT id, status, currency, token_hash AS "tokenHash", customer_id AS "customerId", order_id AS "orderId", discount_code AS "discountCode", version
   FROM cart.carts WHERE id = ANY ($1) ORDER BY id FOR UPDATE`,
  {
    id: col.text<Id<'cart'>>(),
    status: col.text<CartStatus>(),
    currency: col.char<Currency>(),
    tokenHash: col.orNull(col.text()),
    customerId: col.orNull(col.text()),
    orderId: col.orNull(col.text<Id<'order'>>()),
    discountCode: col.orNull(col.text()),
    version: col.integer(),
  },
);

export type LockedCart = RowOf<typeof LOCK_CARTS>;

/** Locks these carts until the transaction ends. Unknown ones are absent. */
export async function lockCarts(tx: Tx, ids: readonly Id<'cart'>[]): Promise<Map<Id<'cart'>, LockedCart>> {
  const { rows } = await tx.query(LOCK_CARTS, [ids]);
  return new Map(rows.map((cart) => [cart.id, cart]));
}
