import { statement, type Tx } from '#database';
import type { Id } from '#kernel';
import { TRANSITIONS } from '../domain/transitions.js';

export const MARK_ORDERED = statement(
  `UPDATE cart.carts SET status = $3, order_id = input.order_id, version = version + 1, updated_at = now()
   FROM unnest($1::text[], $2::text[]) AS input (id, order_id)
   WHERE carts.id = input.id AND status = ANY ($4)`,
);

interface OrderedCart {
  readonly cartId: Id<'cart'>;
  readonly orderId: Id<'order'>;
}

/** @throws {Error} when one cannot be ordered: it had not been locked for checkout. */
export async function markOrdered(tx: Tx, carts: readonly OrderedCart[]): Promise<void> {
  const { from, to } = TRANSITIONS.ordered;
  const ids = carts.map(({ cartId }) => cartId);
  const orderIds = carts.map(({ orderId }) => orderId);
  const { count } = await tx.query(MARK_ORDERED, [ids, orderIds, to, from]);
  if (count !== carts.length) throw new Error('A cart was marked as ordered that had not been locked for checkout.');
}
