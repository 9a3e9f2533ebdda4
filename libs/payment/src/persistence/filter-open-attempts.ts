import { col, statement, type Tx } from '#database';
import type { Id } from '#kernel';
import { LIVE } from '../domain/payment-status.js';

export const FILTER_OPEN_ATTEMPTS = statement(
  'SELECT id FROM payment.attempts WHERE id = ANY ($1) AND status = ANY ($2)',
  { id: col.text<Id<'pay'>>() },
);

/** Which of the attempts may still take money. */
export async function filterOpenAttempts(tx: Tx, paymentIds: readonly Id<'pay'>[]): Promise<Id<'pay'>[]> {
  const { rows } = await tx.query(FILTER_OPEN_ATTEMPTS, [paymentIds, LIVE]);
  return rows.map(({ id }) => id);
}
