import { EventEmitter, once } from 'node:events';
import { Logger } from '@nestjs/common';
import { connect, type ChannelModel } from 'amqplib';
import { backoffMs, pause, within } from '#kernel';
import { ConnectionStatusLogger } from '../../connection-status-logger.js';
import { reasonOf } from '../../error-text.js';

const OPEN_LIMIT_MS = 5_000;
const SETUP_LIMIT_MS = 20_000;
const CLOSE_LIMIT_MS = 1_000;
const RECONNECT_BASE_MS = 200;
const RECONNECT_MAX_MS = 5_000;

export interface OpenConnection {
  readonly model: ChannelModel;
  /** Aborts when this connection has ended, for whatever reason. */
  readonly closed: AbortSignal;
}

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
  private readonly status: ConnectionStatusLogger;
  private readonly stopping = new AbortController();
  private readonly events = new EventEmitter<{ open: []; usable: [] }>().setMaxListeners(0);
  private running: Promise<void> | undefined;
  private open: OpenConnection | undefined;
  private blocked = false;

  constructor(private readonly options: Options) {
    this.status = new ConnectionStatusLogger(this.logger, `connection to RabbitMQ (${options.name})`);
  }

  /** Connects until `close`; once it has been called nothing more happens. `setup` prepares each fresh connection. */
  start(setup: (model: ChannelModel) => Promise<void>): void {
    this.running ??= this.keepOpen(setup);
  }

  get started(): boolean {
    return this.running !== undefined;
  }

  /** Set up, and the broker takes messages. */
  get usable(): boolean {
    return this.open !== undefined && !this.blocked;
  }

  /** `listener` is called whenever the connection becomes usable. */
  onUsable(listener: () => void): void {
    this.events.on('usable', listener);
  }

  /** The connection that is set up, if there is one. */
  get current(): ChannelModel | undefined {
    return this.open?.model;
  }

  /** Waits for a connection that is set up. Undefined when `signal` aborts before. */
  async opened(signal: AbortSignal): Promise<OpenConnection | undefined> {
    while (!this.open && !signal.aborted) {
      try {
        await once(this.events, 'open', { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
    return signal.aborted ? undefined : this.open;
  }

  /** Ends the present connection, so that a fresh one is opened and set up. */
  async renew(): Promise<void> {
    if (this.open) await this.end(this.open.model);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.renew();
    await within(CLOSE_LIMIT_MS, this.running ?? Promise.resolve());
  }

  private async keepOpen(setup: (model: ChannelModel) => Promise<void>): Promise<void> {
    const stop = this.stopping.signal;
    let failures = 0;
    for (let node = 0; !stop.aborted; node += 1) {
      const url = this.options.urls[node % this.options.urls.length] ?? '';
      try {
        const closed = await this.connect(url, setup);
        failures = 0;
        await ended(closed);
        throw closed.reason;
      } catch (error) {
        this.open = undefined;
        this.blocked = false;
        if (!stop.aborted) this.status.down(error, { host: new URL(url).host });
      }
      failures += 1;
      await pause(backoffMs(failures, RECONNECT_BASE_MS, RECONNECT_MAX_MS), stop);
    }
  }

  private async connect(url: string, setup: (model: ChannelModel) => Promise<void>): Promise<AbortSignal> {
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
      if (!(await within(SETUP_LIMIT_MS, setup(model)))) throw new Error('RabbitMQ does not answer the set-up');
      this.stopping.signal.throwIfAborted();
    } catch (error) {
      await this.end(model);
      throw error;
    }
    this.open = { model, closed };
    this.status.up({ host: target.host });
    this.events.emit('open');
    this.events.emit('usable');
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
      this.events.emit('usable');
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
