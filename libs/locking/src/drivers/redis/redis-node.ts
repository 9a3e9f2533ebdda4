import type { Socket } from 'node:net';
import { Redis } from 'ioredis';
import { answerWithin } from '#kernel';
import { ServerHealth } from '../server-health.js';
import type { Script } from './lock-scripts.js';

const CONNECT_TIMEOUT_MS = 1_000;
/** How long to wait for the server to close the connection. */
const DISCONNECT_TIMEOUT_MS = 100;
const RECONNECT_STEP_MS = 50;
const RECONNECT_MAX_MS = 250;
/** The client's own commands while it connects may take this multiple of the command timeout. */
const CLIENT_LIMIT_FACTOR = 4;

export interface NodeOptions {
  readonly commandTimeoutMs: number;
  /** Subscribed to after each connect. */
  readonly channel: string;
  readonly onMessage: (text: string) => void;
}

/**
 * One server, with a connection for commands and one for notifications. Nothing is queued or sent again: a late lock command is worse than a
 * failed one.
 */
export class RedisNode {
  private readonly health: ServerHealth;
  private readonly commands: Redis;
  private readonly notifications: Redis;
  private subscribed = false;
  /** Settles when the first attempt to connect has succeeded or failed. */
  private readonly firstConnect: Promise<void>;
  private connectedOnce = false;
  private batching = false;
  private closing = false;

  constructor(
    url: string,
    private readonly options: NodeOptions,
  ) {
    this.health = new ServerHealth(new URL(url).host, () => {
      this.commands.disconnect(true);
      this.notifications.disconnect(true);
    });
    this.commands = new Redis(url, this.connectionOptions());
    this.notifications = new Redis(url, this.connectionOptions());
    this.commands.on('error', () => undefined); // The next command fails with it.
    this.firstConnect = new Promise((resolve) => {
      for (const event of ['ready', 'close'] as const) this.commands.once(event, () => resolve());
    });
    void this.firstConnect.then(() => (this.connectedOnce = true));
    this.watchNotifications();
  }

  /** Whether notifications reach this process. */
  get isListening(): boolean {
    return this.subscribed;
  }

  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      const reply = await answerWithin(this.options.commandTimeoutMs, this.evaluate(script, keys, args));
      this.health.answered();
      return reply;
    } catch (error) {
      this.health.failed(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closing = true;
    this.health.close();
    const { commandTimeoutMs } = this.options;
    await Promise.all([end(this.commands, commandTimeoutMs), end(this.notifications, commandTimeoutMs)]);
  }

  private connectionOptions() {
    return {
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      commandTimeout: this.options.commandTimeoutMs * CLIENT_LIMIT_FACTOR,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      disableClientInfo: true,
      retryStrategy: (attempt: number) => Math.min(attempt * RECONNECT_STEP_MS, RECONNECT_MAX_MS),
    };
  }

  /** Commands of one burst go out in one write: with many locks at once the system calls would cost the most. */
  private batchWrites(): void {
    const { stream } = this.commands as { stream?: Socket };
    if (stream === undefined || this.batching) return;
    this.batching = true;
    stream.cork();
    process.nextTick(() => {
      this.batching = false;
      stream.uncork();
    });
  }

  private async evaluate(script: Script, keys: readonly string[], args: readonly (string | number)[]) {
    // A process that has just started would otherwise report a healthy server as unusable.
    if (!this.connectedOnce) await this.firstConnect;
    this.batchWrites();
    try {
      return await this.commands.evalsha(script.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.commands.eval(script.lua, keys.length, ...keys, ...args);
    }
  }

  private watchNotifications(): void {
    const { channel, onMessage } = this.options;
    this.notifications.on('error', () => undefined); // Commands report the same failure.
    this.notifications.on('message', (_channel, text) => onMessage(text));
    this.notifications.on('close', () => (this.subscribed = false));
    this.notifications.on('ready', () => void this.subscribe(channel));
  }

  private async subscribe(channel: string): Promise<void> {
    try {
      await this.notifications.subscribe(channel);
      this.subscribed = true;
    } catch {
      if (!this.closing) this.notifications.disconnect(true); // Reconnects, and then tries again.
    }
  }
}

async function end(connection: Redis, limitMs: number): Promise<void> {
  try {
    await answerWithin(limitMs, connection.quit());
  } catch {
    connection.disconnect(); // Not connected, or no answer.
  }
}
