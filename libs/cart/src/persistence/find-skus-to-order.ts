import type { CheckoutRequest } from '#contracts';
import { col, statement, type Reader } from '#database';
import { TRANSITIONS } from '../domain/transitions.js';

export const FIND_SKUS_TO_ORDER = statement(
  `SELECT DISTINCT items.sku
   FROM unnest($1::text[], $2::text[], $3::text[]) AS input (cart_id, token_hash, customer_id)
   JOIN cart.carts ON carts.id = input.cart_id
     AND (carts.token_hash = input.token_hash OR carts.customer_id = input.customer_id)
   JOIN cart.items ON items.cart_id = carts.id
   WHERE carts.status = ANY ($4)`,
  { sku: col.text() },
);

/** What is in these carts, each SKU once; nothing of a cart that its credentials do not open, or that cannot be ordered any more. */
export async function findSkusToOrder(db: Reader, requests: readonly CheckoutRequest[]): Promise<string[]> {
  const { rows } = await db.query(FIND_SKUS_TO_ORDER, [
    requests.map(({ cartId }) => cartId),
    requests.map(({ buyer }) => buyer.cartTokenHash ?? null),
    requests.map(({ buyer }) => buyer.customerId ?? null),
    TRANSITIONS.ordered.from,
  ]);
  return rows.map((row) => row.sku);
}
