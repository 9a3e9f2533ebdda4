import type { Tx } from '#database';

const CLAIM = 'INSERT INTO messaging.inbox (consumer, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING';

/**
 * Notes, in the transaction of the effect, that this consumer has taken a message. False when it had before: the effect must not
 * happen again. While another transaction handles the same message, this waits for it to end.
 */
export async function claim(tx: Tx, consumer: string, messageId: string): Promise<boolean> {
  const { count } = await tx.query(CLAIM, [consumer, messageId]);
  return count === 1;
}
