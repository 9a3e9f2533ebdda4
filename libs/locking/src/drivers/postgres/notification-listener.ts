import { setTimeout as pause } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

const RECONNECT_MS = 250;
/** How long the first notification may take. Behind a pooler in transaction mode it never arrives. */
const FIRST_NOTIFICATION_MS = 2_000;

/** The one connection on which PostgreSQL tells this process that a key is free. */
export class NotificationListener {
  private readonly closing = new AbortController();
  private client: Client | undefined;
  private received = false;

  /**
   * @param asker the id of this process in notifications
   * @param released called with a key that is now reserved for this process
   */
  constructor(
    private readonly options: ClientConfig,
    private readonly asker: string,
    private readonly released: (key: string) => void,
  ) {}

  /** Whether notifications reach this process. */
  get isListening(): boolean {
    return this.received;
  }

  /** Listens until closed; comes back by itself when the connection is lost. */
  async listen(): Promise<void> {
    while (!this.closing.signal.aborted) {
      await this.connection();
      this.received = false;
      await pause(RECONNECT_MS, undefined, { signal: this.closing.signal, ref: false }).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.client?.end();
  }

  /** Resolves when the connection is lost or could not be opened. */
  private async connection(): Promise<void> {
    const client = new Client(this.options);
    this.client = client;
    const ended = new Promise<void>((resolve) => {
      client.once('end', () => resolve());
      client.on('error', () => resolve());
    });
    client.on('notification', ({ payload = '' }) => this.receive(payload));
    try {
      await client.connect();
      await client.query('LISTEN locking');
      await client.query(`SELECT pg_notify('locking', $1)`, [`${this.asker} `]);
      if (this.closing.signal.aborted) return;
      const timeout = pause(FIRST_NOTIFICATION_MS, undefined, { signal: this.closing.signal, ref: false });
      await Promise.race([ended, timeout.catch(() => undefined)]);
      if (this.received) await ended;
    } catch {
      // The connection for commands reports the same failure.
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private receive(payload: string): void {
    const space = payload.indexOf(' ');
    if (payload.slice(0, space) !== this.asker) return;
    this.received = true;
    const key = payload.slice(space + 1);
    if (key !== '') this.released(key);
  }
}
