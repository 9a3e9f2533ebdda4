import { col, statement, type Tx } from '#database';
import type { Id } from '#kernel';
import { TRANSITIONS } from '../domain/transitions.js';

export const EXTEND_RESERVATIONS = statement(
  `
  UPDATE inventory.reservations
  SET status = $2, extended_at = now(), expires_at = GREATEST(
    expires_at,
    LEAST(date_trunc('milliseconds', now()) + make_interval(secs => $4), first_expires_at + make_interval(secs => $5))
  )
  WHERE order_id = $1 AND status = ANY($3) AND expires_at > now() AND NOT EXISTS (
    SELECT FROM inventory.reservations AS shorted
    WHERE shorted.order_id = $1 AND shorted.release_cause = 'shorted' AND NOT EXISTS (
      SELECT FROM inventory.reservations AS later
      WHERE later.order_id = $1 AND later.sku = shorted.sku AND later.held_sequence > shorted.held_sequence))
  RETURNING expires_at AS "expiresAt"`,
  { expiresAt: col.timestamptz() },
);

/**
 * Prolongs a live hold to `seconds` from now, up to `extensionMax` seconds after its first end. Undefined when there is no live hold, or when a
 * count has taken a part of it.
 */
export async function extendReservations(
  tx: Tx,
  orderId: Id<'order'>,
  { seconds, extensionMax }: { readonly seconds: number; readonly extensionMax: number },
): Promise<Date | undefined> {
  const { from, to } = TRANSITIONS.extended;
  const { rows } = await tx.query(EXTEND_RESERVATIONS, [orderId, to, from, seconds, extensionMax]);
  return rows[0]?.expiresAt;
}
