import type { Tx } from '#database';
import type { Id } from '#kernel';
import { LIVE } from '../domain/payment-status.js';

/** Which of the attempts may still take money. */
export async function filterOpenAttempts(tx: Tx, paymentIds: readonly Id<'pay'>[]): Promise<Id<'pay'>[]> {
  const { rows } = await tx.query<{ id: Id<'pay'> }>(
    'SELECT id FROM payment.attempts WHERE id = ANY ($1) AND status = ANY ($2)',
    [paymentIds, LIVE],
  );
  return rows.map(({ id }) => id);
}
