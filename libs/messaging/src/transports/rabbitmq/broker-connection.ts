import { Logger } from '@nestjs/common';
import { connect, type ChannelModel } from 'amqplib';
import { backoffMs } from '#kernel';
import { pause, within } from '../../concurrency/pause.js';
import { reasonOf, ConnectionStatusLogger } from '../../connection-status-logger.js';

const OPEN_LIMIT_MS = 5_000;
const SETUP_LIMIT_MS = 20_000;
const CLOSE_LIMIT_MS = 1_000;
const RECONNECT_BASE_MS = 200;
const RECONNECT_MAX_MS = 5_000;
const BLOCK_POLL_MS = 500;

/** Prepares a fresh connection; `closed` aborts when that connection has ended, for whatever reason. */
export type Setup = (model: ChannelModel, closed: AbortSignal) => Promise<void>;

interface Options {
  /** Shown by the broker and in log lines: `publish`. */
  readonly name: string;
  /** Nodes of one cluster, tried in turn. */
  readonly urls: readonly string[];
  readonly heartbeatSeconds: number;
}

/** One connection that is kept open: lost or never there, it is tried again with backoff until `close`. */
export class BrokerConnection {
  private readonly logger = new Logger(BrokerConnection.name);
  private readonly state: ConnectionStatusLogger;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private model: ChannelModel | undefined;
  private blocked = false;
  private usableListener: () => void = () => undefined;

  constructor(private readonly options: Options) {
    this.state = new ConnectionStatusLogger(this.logger, `connection to RabbitMQ (${options.name})`);
  }

  start(setup: Setup): void {
    this.running = this.keepOpen(setup);
  }

  /** Set up, and the broker takes messages. */
  get usable(): boolean {
    return this.model !== undefined && !this.blocked;
  }

  /** Waits while the broker is short of memory or disk. False when it was not, when the connection ended of it, or `signal` aborted. */
  async outlastsBlock(signal: AbortSignal): Promise<boolean> {
    if (!this.blocked) return false;
    while (this.blocked && !signal.aborted) await pause(BLOCK_POLL_MS, signal);
    return this.usable && !signal.aborted;
  }

  /** `listener` is called whenever the connection becomes usable. */
  onUsable(listener: () => void): void {
    this.usableListener = listener;
  }

  /** The connection that is set up, if there is one. */
  get current(): ChannelModel | undefined {
    return this.model;
  }

  /** Ends the present connection, so that a fresh one is opened and set up. */
  async renew(): Promise<void> {
    if (this.model) await this.end(this.model);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.renew();
    await within(CLOSE_LIMIT_MS, this.running);
  }

  private async keepOpen(setup: Setup): Promise<void> {
    const stop = this.stopping.signal;
    let failures = 0;
    for (let node = 0; !stop.aborted; node += 1) {
      const url = this.options.urls[node % this.options.urls.length] ?? '';
      try {
        const closed = await this.open(url, setup);
        failures = 0;
        await ended(closed);
        throw closed.reason;
      } catch (error) {
        this.model = undefined;
        this.blocked = false;
        if (!stop.aborted) this.state.down(error, { host: new URL(url).host });
      }
      failures += 1;
      await pause(backoffMs(failures, RECONNECT_BASE_MS, RECONNECT_MAX_MS), stop);
    }
  }

  private async open(url: string, setup: Setup): Promise<AbortSignal> {
    const { name, heartbeatSeconds } = this.options;
    const target = new URL(url);
    target.searchParams.set('heartbeat', String(heartbeatSeconds));
    const clientProperties = { connection_name: `holdfast ${name}` };
    const model = await connect(target.href, {
      timeout: OPEN_LIMIT_MS,
      noDelay: true,
      keepAlive: true,
      clientProperties,
    });
    const closed = this.watch(model);
    try {
      if (!(await within(SETUP_LIMIT_MS, setup(model, closed)))) throw new Error('RabbitMQ does not answer the set-up');
      this.stopping.signal.throwIfAborted();
    } catch (error) {
      await this.end(model);
      throw error;
    }
    this.model = model;
    this.state.up({ host: target.host });
    this.usableListener();
    return closed;
  }

  private watch(model: ChannelModel): AbortSignal {
    const closed = new AbortController();
    model.on('close', (error) => closed.abort(error ?? new Error('closed')));
    model.on('error', (error) =>
      this.logger.debug({ msg: 'connection failed, its close follows', reason: reasonOf(error) }),
    );
    model.on('blocked', (reason) => {
      this.blocked = true;
      this.logger.warn({ msg: 'RabbitMQ takes no messages at the moment, publishing waits', reason });
    });
    model.on('unblocked', () => {
      this.blocked = false;
      this.logger.log({ msg: 'RabbitMQ takes messages again' });
      this.usableListener();
    });
    return closed.signal;
  }

  private async end(model: ChannelModel): Promise<void> {
    try {
      await within(CLOSE_LIMIT_MS, model.close());
    } catch (error) {
      this.logger.debug({ msg: 'connection had ended already', reason: reasonOf(error) });
    }
    // A peer that is gone never answers the close, and a half-open socket would keep the process alive.
    (model.connection as { stream?: { destroy(): void } }).stream?.destroy();
  }
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
