import { col, statement, type Reader, type Tx } from '#database';

// In one order for everybody: two consumers that are given the same messages wait for each other in line instead of in a circle.
export const CLAIM = statement(
  `
  INSERT INTO messaging.inbox (consumer, message_id)
  SELECT $1, id FROM unnest($2::uuid[]) AS input (id) ORDER BY id
  ON CONFLICT DO NOTHING RETURNING message_id AS id`,
  { id: col.uuid() },
);

export const FIND_TAKEN = statement('SELECT FROM messaging.inbox WHERE consumer = $1 AND message_id = $2');

/**
 * Notes, in the transaction of the effect, that this consumer has taken messages. Returns those that it had not taken before: the effect
 * of the others must not happen again. While another transaction handles one of them, this waits for it to end.
 */
export async function claim(tx: Tx, consumer: string, messageIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query(CLAIM, [consumer, messageIds]);
  return new Set(rows.map(({ id }) => id));
}

/** Whether this consumer has taken a message. Nothing is held: another one may take it right after the answer. */
export async function isTaken(db: Reader, consumer: string, messageId: string): Promise<boolean> {
  const { count } = await db.query(FIND_TAKEN, [consumer, messageId]);
  return count > 0;
}
