import { statement, type Tx } from '#database';

export const DELETE_CARTS = statement(
  `WITH current AS MATERIALIZED (
     SELECT id FROM cart.carts
     WHERE status IN ('abandoned', 'merged') AND created_at < now() - make_interval(days => $1)
       AND updated_at < now() - make_interval(days => $1)
     ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
   ), item_rows AS (
     DELETE FROM cart.items USING current WHERE items.cart_id = current.id
   )
   DELETE FROM cart.carts USING current WHERE carts.id = current.id`,
);

/** Deletes carts that were given up so many days ago. Returns how many. */
export async function deleteCarts(tx: Tx, days: number, batchMax: number): Promise<number> {
  return (await tx.query(DELETE_CARTS, [days, batchMax])).count;
}
