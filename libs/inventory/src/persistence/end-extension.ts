import { col, statement, type Tx } from '#database';
import type { Id } from '#kernel';
import { TRANSITIONS } from '../domain/transitions.js';

export const END_EXTENSION = statement(
  `
  UPDATE inventory.reservations
  SET status = $2, extended_at = NULL, expires_at = first_expires_at
  WHERE order_id = $1 AND status = ANY($3)
  RETURNING expires_at AS "expiresAt"`,
  { expiresAt: col.timestamptz() },
);

/** Lets a prolonged hold end when it was to end at first. Undefined when there is no prolonged hold. */
export async function endExtension(tx: Tx, orderId: Id<'order'>): Promise<Date | undefined> {
  const { from, to } = TRANSITIONS.extensionEnded;
  const { rows } = await tx.query(END_EXTENSION, [orderId, to, from]);
  return rows[0]?.expiresAt;
}
