import { Client } from 'pg';
import type { Config } from '#config';
import { clientOptions } from '#database';
import { within } from '#kernel';
import { WAKE_CHANNEL } from './outbox.js';

/** Any fixed number: all relays of one database compete for it. */
const LEADER_LOCK = 6_180_339;
/** How long after its last sign of life PostgreSQL takes the lead from a relay that is frozen or cut off. */
const SILENCE_MAX_MS = 10_000;
const CLOSE_LIMIT_MS = 1_000;

/**
 * The relay's own PostgreSQL connection. Lead, wake-up and marking all hang on this one session: a relay that has lost the lead has
 * lost the connection too, and cannot mark anything any more.
 */
export class RelaySession {
  private leading = false;

  private constructor(readonly client: Client) {}

  /** `wake` is called when a transaction has written to the outbox while this relay leads, and when the connection ends. */
  static async open(config: Config, wake: () => void): Promise<RelaySession> {
    const client = new Client(clientOptions(config, 'holdfast relay'));
    // The query that is under way, or the next one, fails with the same error.
    client.on('error', wake);
    client.on('notification', wake);
    await client.connect();
    const session = new RelaySession(client);
    try {
      // The statistics of a table that fills and empties are always wrong, and every plan but "walk the index from its start" costs as
      // much as the backlog is long.
      await client.query(`
        SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET jit = off;
        SET idle_session_timeout = ${config.OUTBOX_POLL_MS + SILENCE_MAX_MS};
        SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3`);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Takes the lead if no other relay has it. Holds it until `resign` or the end of the session. */
  async lead(): Promise<boolean> {
    if (this.leading) return true;
    const { rows } = await this.client.query<{ won: boolean }>('SELECT pg_try_advisory_lock($1) AS won', [LEADER_LOCK]);
    this.leading = rows[0]?.won === true;
    if (this.leading) await this.client.query(`LISTEN ${WAKE_CHANNEL}`);
    return this.leading;
  }

  async resign(): Promise<void> {
    if (!this.leading) return;
    this.leading = false;
    await this.client.query(`UNLISTEN ${WAKE_CHANNEL}`);
    await this.client.query('SELECT pg_advisory_unlock($1)', [LEADER_LOCK]);
  }

  /** A sign of life. @throws when the connection has ended. */
  async ping(): Promise<void> {
    await this.client.query('SELECT 1');
  }

  async close(): Promise<void> {
    await within(CLOSE_LIMIT_MS, this.client.end());
  }
}
