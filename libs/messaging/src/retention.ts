import type { Client } from 'pg';

/** Rows deleted by one statement: few enough that it never holds anybody up. */
const BATCH_MAX = 1_000;
const PAUSE_MS = 60_000;
const PAUSE_WITH_MORE_MS = 1_000;

// Published rows are nearly in the order of their positions, so the oldest are looked at by the primary key and no index is needed.
const OUTBOX = `
  DELETE FROM messaging.outbox WHERE position IN (
    SELECT position FROM (
      SELECT position, published_at FROM messaging.outbox WHERE published_at IS NOT NULL ORDER BY position LIMIT ${BATCH_MAX}
    ) AS oldest
    WHERE published_at < now() - interval '7 days')`;

/**
 * As long as a message can come again: by the broker, or by the replay of a dead letter, however old that has become. A letter that was
 * replayed counts until it is gone, because its message may still wait in its queue.
 */
const INBOX = `
  DELETE FROM messaging.inbox WHERE (consumer, message_id) IN (
    SELECT consumer, message_id FROM messaging.inbox
    WHERE received_at < now() - interval '30 days' AND NOT EXISTS (
      SELECT FROM messaging.dead_letters AS letter
      WHERE letter.queue = inbox.consumer AND letter.message_id = inbox.message_id::text OFFSET 0)
    ORDER BY received_at LIMIT ${BATCH_MAX})`;

/**
 * The letters that people have decided about. What they decided stays, in the history. They are locked when they are chosen: the lock
 * looks again, and passes over one that has failed again meanwhile.
 */
const DEAD_LETTERS = `
  DELETE FROM messaging.dead_letters WHERE id = ANY (ARRAY(
    SELECT id FROM messaging.dead_letters
    WHERE status IN ('replayed', 'discarded') AND changed_at < now() - interval '30 days'
    ORDER BY changed_at LIMIT ${BATCH_MAX} FOR UPDATE SKIP LOCKED))`;

/** Deletes what has served its time, a batch now and then. */
export class Retention {
  private nextAt = 0;

  /** Does nothing until it is due. */
  async prune(client: Client): Promise<void> {
    if (performance.now() < this.nextAt) return;
    // Also when it fails: what is not deleted now can wait, what waits to be published cannot.
    this.nextAt = performance.now() + PAUSE_MS;
    const outbox = await client.query(OUTBOX);
    const letters = await client.query(DEAD_LETTERS);
    const inbox = await client.query(INBOX);
    if ([outbox, inbox, letters].some(({ rowCount }) => rowCount === BATCH_MAX))
      this.nextAt = performance.now() + PAUSE_WITH_MORE_MS;
  }
}
