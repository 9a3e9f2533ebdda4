import { col, statement, type Tx } from '#database';
import type { Id } from '#kernel';
import { TRANSITIONS } from '../domain/transitions.js';

export const KEEP_RESERVATIONS = statement(
  `
  UPDATE inventory.reservations
  SET status = $2, extended_at = now(),
    expires_at = GREATEST(expires_at, date_trunc('milliseconds', now()) + make_interval(secs => $4))
  WHERE order_id = $1 AND status = ANY($3)
  RETURNING expires_at AS "expiresAt"`,
  { expiresAt: col.timestamptz() },
);

/** Prolongs a hold to `seconds` from now, also one whose time is over. Undefined when the stock was given back or committed. */
export async function keepReservations(tx: Tx, orderId: Id<'order'>, seconds: number): Promise<Date | undefined> {
  const { from, to } = TRANSITIONS.extended;
  const { rows } = await tx.query(KEEP_RESERVATIONS, [orderId, to, from, seconds]);
  return rows[0]?.expiresAt;
}
