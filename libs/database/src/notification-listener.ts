import { setTimeout as pause } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

const RECONNECT_MS = 250;
/** How long the first notification may take. Behind a pooler in transaction mode it never arrives. */
const FIRST_NOTIFICATION_MS = 2_000;

interface NotificationHearer {
  /** With the payload of every notification but its own. */
  readonly notified: (payload: string) => void;
  /** Notifications begin to arrive over a new connection: earlier ones may be lost. */
  readonly listening?: () => void;
}

/** One connection that listens to a channel of PostgreSQL until it is closed, and comes back by itself when it is lost. */
export class NotificationListener {
  private readonly closing = new AbortController();
  private client: Client | undefined;
  private received = false;

  /**
   * @param channel a plain SQL name
   * @param ownPayload sent to itself over each new connection, to see whether notifications arrive
   * @param hears called with what arrives
   */
  constructor(
    private readonly options: ClientConfig,
    private readonly channel: string,
    private readonly ownPayload: string,
    private readonly hears: NotificationHearer,
  ) {
    void this.listen();
  }

  /** Whether notifications reach this process. */
  get isListening(): boolean {
    return this.received;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.client?.end();
  }

  private async listen(): Promise<void> {
    while (!this.closing.signal.aborted) {
      await this.connection();
      this.received = false;
      await this.pause(RECONNECT_MS);
    }
  }

  /** Resolves when the connection is lost or could not be opened. */
  private async connection(): Promise<void> {
    const client = new Client(this.options);
    this.client = client;
    const ended = new Promise<void>((resolve) => {
      client.once('end', () => resolve());
      client.on('error', () => resolve());
    });
    client.on('notification', ({ payload = '' }) => {
      if (payload !== this.ownPayload) return this.hears.notified(payload);
      this.received = true;
      this.hears.listening?.();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
      await client.query('SELECT pg_notify($1, $2)', [this.channel, this.ownPayload]);
      if (this.closing.signal.aborted) return;
      await Promise.race([ended, this.pause(FIRST_NOTIFICATION_MS)]);
      if (this.received) await ended;
    } catch {
      // The connection for commands reports the same failure.
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.closing.signal, ref: false }).catch(() => undefined);
  }
}
