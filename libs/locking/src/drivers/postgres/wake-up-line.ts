import { setTimeout as pause } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

const RECONNECT_MS = 250;
/** How long the line may take to be heard through. Behind a pooler that hands out a connection a transaction it never is. */
const HEARING_LIMIT_MS = 2_000;

/** The one connection on which PostgreSQL tells this process that a key is free. */
export class WakeUpLine {
  private readonly closing = new AbortController();
  private client: Client | undefined;
  private heard = false;

  /**
   * @param asker what this process is called in notifications
   * @param woken called with the key that is kept for this process
   */
  constructor(
    private readonly options: ClientConfig,
    private readonly asker: string,
    private readonly woken: (key: string) => void,
  ) {}

  /** Whether notifications reach this process. */
  get listens(): boolean {
    return this.heard;
  }

  /** Listens until closed; comes back by itself when the connection is lost. */
  async listen(): Promise<void> {
    while (!this.closing.signal.aborted) {
      await this.connection();
      this.heard = false;
      await pause(RECONNECT_MS, undefined, { signal: this.closing.signal, ref: false }).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.client?.end();
  }

  /** Resolves when the connection is lost, or never came about. */
  private async connection(): Promise<void> {
    const client = new Client(this.options);
    this.client = client;
    const ended = new Promise<void>((resolve) => {
      client.once('end', () => resolve());
      client.on('error', () => resolve());
    });
    client.on('notification', ({ payload = '' }) => this.hear(payload));
    try {
      await client.connect();
      await client.query('LISTEN locking');
      await client.query(`SELECT pg_notify('locking', $1)`, [`${this.asker} `]);
      if (this.closing.signal.aborted) return;
      const deaf = pause(HEARING_LIMIT_MS, undefined, { signal: this.closing.signal, ref: false });
      await Promise.race([ended, deaf.catch(() => undefined)]);
      if (this.heard) await ended;
    } catch {
      // The commands meet the same server, and tell of it.
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private hear(payload: string): void {
    const space = payload.indexOf(' ');
    if (payload.slice(0, space) !== this.asker) return;
    this.heard = true;
    const key = payload.slice(space + 1);
    if (key !== '') this.woken(key);
  }
}
