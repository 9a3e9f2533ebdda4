import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { answered, NoAnswer } from '../answered.js';
import type { Script } from './lock-scripts.js';

const CONNECT_TIMEOUT_MS = 1_000;
/** A server that does not close its end in this time is left. */
const DISCONNECT_TIMEOUT_MS = 100;
const RECONNECT_STEP_MS = 50;
const RECONNECT_MAX_MS = 250;
/** What the client itself sends, when it connects, may take so many times the limit of a command. */
const CLIENT_LIMIT_FACTOR = 4;
/** After so long without any answer the connection is taken for dead: its other end may have vanished without a word. */
const SILENCE_MAX_MS = 1_000;

export interface NodeOptions {
  readonly commandTimeoutMs: number;
  /** Subscribed to whenever the server is there. */
  readonly channel: string;
  readonly onMessage: (text: string) => void;
}

/**
 * One server, with a connection for commands and one for notifications. Nothing is queued or sent again: a lock command that would run
 * later than asked is worse than one that fails.
 */
export class RedisNode {
  /** Resolves when the server has first been reached. */
  readonly reached: Promise<void>;
  private readonly logger = new Logger(RedisNode.name);
  private readonly host: string;
  private readonly commands: Redis;
  private readonly notifications: Redis;
  private subscribed = false;
  private answers: boolean | undefined;
  private lastError = 'connection closed';
  private silentSince: number | undefined;
  private gathering = false;
  private closing = false;

  constructor(
    url: string,
    private readonly options: NodeOptions,
  ) {
    this.host = new URL(url).host;
    this.commands = new Redis(url, this.connectionOptions());
    this.notifications = new Redis(url, this.connectionOptions());
    this.watchCommands();
    this.watchNotifications();
    this.reached = new Promise((resolve) => {
      this.commands.once('ready', resolve);
    });
  }

  /** Whether notifications reach this process. */
  get listens(): boolean {
    return this.subscribed;
  }

  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      const reply = await answered(this.evaluate(script, keys, args), this.options.commandTimeoutMs);
      this.silentSince = undefined;
      return reply;
    } catch (error) {
      if (error instanceof NoAnswer) this.noteSilence();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closing = true;
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

  /** Commands that are sent in one burst go out in one write: for many locks at once the system calls would cost more than all else. */
  private gather(): void {
    const { stream } = this.commands as { stream?: Socket };
    if (stream === undefined || this.gathering) return;
    this.gathering = true;
    stream.cork();
    process.nextTick(() => {
      this.gathering = false;
      stream.uncork();
    });
  }

  private async evaluate(script: Script, keys: readonly string[], args: readonly (string | number)[]) {
    this.gather();
    try {
      return await this.commands.evalsha(script.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.commands.eval(script.lua, keys.length, ...keys, ...args);
    }
  }

  private noteSilence(): void {
    const now = performance.now();
    this.silentSince ??= now;
    if (now - this.silentSince < SILENCE_MAX_MS) return;
    this.silentSince = undefined;
    this.commands.disconnect(true);
    this.notifications.disconnect(true);
  }

  private watchCommands(): void {
    this.commands.on('error', (error: Error & { code?: string }) => (this.lastError = error.code ?? error.message));
    this.commands.on('ready', () => {
      if (this.answers === false) this.logger.log({ msg: 'Redis answers again', host: this.host });
      this.answers = true;
    });
    this.commands.on('close', () => {
      if (this.answers !== false && !this.closing) {
        this.logger.warn({ msg: 'Redis does not answer; reconnecting', host: this.host, reason: this.lastError });
      }
      this.answers = false;
    });
  }

  private watchNotifications(): void {
    const { channel, onMessage } = this.options;
    this.notifications.on('error', () => undefined); // The connection for commands tells of the same server.
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
    await answered(connection.quit(), limitMs);
  } catch {
    connection.disconnect(); // Not connected, or no answer.
  }
}
