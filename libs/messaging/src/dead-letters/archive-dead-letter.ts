import type { Tx } from '#database';
import { newId, type Id } from '#kernel';
import type { RejectedMessage } from './rejected-message.js';

// A letter that is there already is opened again only by a copy that has been replayed as often as the letter was: others are the same
// failure delivered twice, or an older one that was slow.
const ARCHIVE = `
  INSERT INTO messaging.dead_letters AS letter
    (id, queue, message_id, type, source, subject, sequence, body, properties, error, detail, stack, attempts,
     first_failed_at, last_failed_at, original_exchange, original_routing_key, replays)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
          coalesce($14, $15, now()), coalesce($15, $14, now()), $16, $17, $18)
  ON CONFLICT (queue, message_id, sha256(body)) DO UPDATE SET
    status = 'waiting', changed_at = now(), properties = excluded.properties,
    error = excluded.error, detail = excluded.detail, stack = excluded.stack,
    attempts = letter.attempts + excluded.attempts, last_failed_at = excluded.last_failed_at, replays = excluded.replays
  WHERE letter.status IN ('replaying', 'replayed') AND excluded.replays >= letter.replays
  RETURNING id`;

const HISTORY = `
  INSERT INTO messaging.dead_letter_history (dead_letter_id, queue, message_id, type, action, note)
  VALUES ($1, $2, $3, $4, 'failed_again', $5)`;

/** Stores a letter, opens one again whose replay has failed, or does nothing for one that is known. */
export async function archiveDeadLetter(tx: Tx, letter: RejectedMessage): Promise<void> {
  const { queue, id: messageId, type, source, subject, sequence, body, properties, failure, replays } = letter;
  const { error, detail, stack, tries, firstAt, lastAt, exchange, routingKey } = failure;
  const id = newId('dead');
  const message = [id, queue, messageId, type, source, subject, sequence, body, JSON.stringify(properties)];
  const failed = [error, detail, stack, tries, firstAt, lastAt, exchange, routingKey, replays];
  const { rows } = await tx.query<{ id: Id<'dead'> }>(ARCHIVE, [...message, ...failed]);
  const stored = rows[0]?.id;
  const openedAgain = stored !== undefined && stored !== id;
  if (openedAgain) await tx.query(HISTORY, [stored, queue, messageId, type, `${error}: ${detail}`]);
}
