import { statement, type Tx } from '#database';
import { TRANSITIONS } from '../domain/transitions.js';

/** No cart changes before it is made, so the index over the time of its making finds those that did not change for long. */
export const ABANDON_CARTS = statement(
  `UPDATE cart.carts SET status = $4, version = version + 1, updated_at = now()
   WHERE id IN (
     SELECT id FROM cart.carts
     WHERE status = ANY ($1) AND created_at < now() - make_interval(days => $2)
       AND updated_at < now() - make_interval(days => $2)
     ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED)`,
);

/** Gives up carts that nobody has changed for so many days. Returns how many. */
export async function abandonCarts(tx: Tx, days: number, batchMax: number): Promise<number> {
  const { from, to } = TRANSITIONS.abandoned;
  return (await tx.query(ABANDON_CARTS, [from, days, batchMax, to])).count;
}
