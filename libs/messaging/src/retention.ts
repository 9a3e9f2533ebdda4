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

/** Longer than a dead letter can be replayed: a message that comes again must still be known. */
const INBOX = `
  DELETE FROM messaging.inbox WHERE (consumer, message_id) IN (
    SELECT consumer, message_id FROM messaging.inbox
    WHERE received_at < now() - interval '30 days' ORDER BY received_at LIMIT ${BATCH_MAX})`;

/** Deletes what has served its time, a batch now and then. */
export class Retention {
  private nextAt = 0;

  /** Does nothing until it is due. */
  async prune(client: Client): Promise<void> {
    if (performance.now() < this.nextAt) return;
    // Also when it fails: what is not deleted now can wait, what waits to be published cannot.
    this.nextAt = performance.now() + PAUSE_MS;
    const outbox = await client.query(OUTBOX);
    const inbox = await client.query(INBOX);
    const more = outbox.rowCount === BATCH_MAX || inbox.rowCount === BATCH_MAX;
    if (more) this.nextAt = performance.now() + PAUSE_WITH_MORE_MS;
  }
}
