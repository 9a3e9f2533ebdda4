import { Logger } from '@nestjs/common';
import ZooKeeper, { type Client, type Exception, type Stat } from 'node-zookeeper-client';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { answered, NoAnswer } from '../answered.js';
import './unknown-codes.js';

const RECONNECT_MAX_MS = 200;
/** How long to wait for the server to close the connection. */
const DISCONNECT_TIMEOUT_MS = 100;
/** Without any answer for this long the connection counts as dead; the client itself would wait for ever. */
const SILENCE_MAX_MS = 1_000;
/** The client's own number for a session that is being closed. */
const CLOSING = -1;

/** The client's own number for a connection that is not there. */
const DISCONNECTED = 0;

/** Parts of the client that it does not publish. It has no public way to drop a silent connection or unsent requests. */
interface ClientInternals {
  readonly connectionManager: {
    socket?: { destroy(): void };
    pendingBuffer: Buffer | null;
    readonly packetQueue: { shift(): { callback(error: Exception): void } | undefined };
    setState(state: number): void;
    on(event: 'state', listener: (state: number) => void): void;
  };
}

export interface SessionOptions {
  /** host:port, comma-separated, and the path under which everything is. */
  readonly servers: string;
  readonly timeoutMs: number;
  readonly commandTimeoutMs: number;
}

type Answer<T> = (error: Error | Exception | null, value: T) => void;
type Ask<T> = (client: Client, answer: Answer<T>) => void;

const doNothing = () => {};

const outcomeOf = <T>(client: Client, ask: Ask<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    ask(client, (error, value) => {
      if (error === null || error === undefined) resolve(value);
      else reject(error);
    });
  });

/** There was no connection for the whole time, so the request was not sent. */
export class NotSent extends LockBackendUnavailable {}

const { NO_NODE, NODE_EXISTS, NOT_EMPTY } = ZooKeeper.Exception;
/** Errors that are normal for locks. After any other error the server counts as unavailable. */
const REFUSALS: ReadonlySet<number> = new Set([NO_NODE, NODE_EXISTS, NOT_EMPTY]);

/** The server refused the request for a reason that is normal for locks. */
export class Refused extends Error {
  constructor(readonly code: number) {
    super(`ZooKeeper refused: ${code}`);
  }
}

/**
 * A session with its ephemeral nodes. The client pings by itself, but does not notice a silent server: so each call has a timeout, and a
 * silent connection is opened again within the same session. Without a connection the client would queue requests and send them however
 * late: here a request waits for the connection no longer than its timeout.
 */
export class ZooKeeperSession {
  /** Grants that hang on it. */
  held = 0;
  private readonly logger = new Logger(ZooKeeperSession.name);
  private readonly client: Client;
  private hasEnded = false;
  private closing = false;
  private silentSince: number | undefined;
  private readonly unsent = new Set<() => void>();

  constructor(private readonly options: SessionOptions) {
    this.client = ZooKeeper.createClient(options.servers, {
      sessionTimeout: options.timeoutMs,
      spinDelay: RECONNECT_MAX_MS,
      retries: 0,
    });
    const ended = () => {
      this.hasEnded = true;
      this.sendAll();
    };
    this.client.on('expired', ended);
    this.client.on('authenticationFailed', ended);
    this.client.on('connected', () => this.sendAll());
    this.internals.on('state', (state) => {
      if (state === DISCONNECTED) this.dropUnfinished();
    });
    this.client.on('disconnected', () => {
      if (!this.closing) this.logger.warn({ msg: 'The connection to ZooKeeper was lost; reconnecting' });
    });
    this.client.connect();
  }

  /** It has expired, and all its nodes are gone. */
  get isOver(): boolean {
    return this.hasEnded;
  }

  get id(): string {
    return this.client.getSessionId().toString('hex');
  }

  /** Milliseconds without a request after which the server ends the session. The server may have changed the wanted value. */
  get timeoutMs(): number {
    return this.client.getSessionTimeout();
  }

  /**
   * @throws {NotSent} when there is no connection in time
   * @throws {LockBackendUnavailable} when no usable answer comes in time; the request may still be carried out
   * @throws {Refused}
   */
  async call<T>(ask: Ask<T>): Promise<T> {
    let send: () => void = doNothing;
    const asked = new Promise<T>((resolve) => {
      send = () => resolve(outcomeOf(this.client, ask));
    });
    if (this.closing || this.hasEnded || this.client.getState() === ZooKeeper.State.SYNC_CONNECTED) send();
    else this.unsent.add(send);
    try {
      const value = await answered(asked, this.options.commandTimeoutMs);
      this.silentSince = undefined;
      return value;
    } catch (error) {
      if (error instanceof NoAnswer) this.noteSilence();
      throw this.unsent.delete(send) ? new NotSent({ cause: error }) : this.translated(error);
    }
  }

  exists(path: string): Promise<Stat | null> {
    return this.call((client, answer) => client.exists(path, answer));
  }

  /**
   * Notifies when the node is deleted. Sets no watch on a missing node: that watch would stay until the node is created, which is never.
   *
   * @returns whether it is there
   */
  async watch(path: string, gone: () => void): Promise<boolean> {
    try {
      await this.call<Buffer>((client, answer) => client.getData(path, () => gone(), answer));
      return true;
    } catch (error) {
      if (error instanceof Refused && error.code === ZooKeeper.Exception.NO_NODE) return false;
      throw error;
    }
  }

  /** Empty if the node is missing. */
  async children(path: string): Promise<readonly string[]> {
    try {
      return await this.call<string[]>((client, answer) => client.getChildren(path, answer));
    } catch (error) {
      if (error instanceof Refused && error.code === ZooKeeper.Exception.NO_NODE) return [];
      throw error;
    }
  }

  /** Empty if the node is missing. */
  async data(path: string): Promise<string | undefined> {
    try {
      return await this.call<string>((client, answer) =>
        client.getData(path, (error, value) => answer(error, value?.toString('utf8') ?? '')),
      );
    } catch (error) {
      if (error instanceof Refused && error.code === ZooKeeper.Exception.NO_NODE) return undefined;
      throw error;
    }
  }

  /** A session with locks is left to its timeout, so that nobody takes them from work that still runs. */
  async close(): Promise<void> {
    this.closing = true;
    const connectionManager = this.internals;
    if (this.held > 0) connectionManager.setState(CLOSING);
    else this.client.close();
    this.sendAll(); // They are refused at once.
    const closed = new Promise<void>((resolve) => this.client.once('disconnected', resolve));
    const timer = setTimeout(() => connectionManager.socket?.destroy(), this.held > 0 ? 0 : DISCONNECT_TIMEOUT_MS);
    if (this.client.getState() === ZooKeeper.State.SYNC_CONNECTED) await closed;
    else connectionManager.socket?.destroy();
    clearTimeout(timer);
  }

  private get internals(): ClientInternals['connectionManager'] {
    return (this.client as unknown as ClientInternals).connectionManager;
  }

  private sendAll(): void {
    for (const send of this.unsent) send();
    this.unsent.clear();
  }

  /** Drops unsent requests and a half-received answer: the client would continue with both on the next connection. */
  private dropUnfinished(): void {
    const { packetQueue } = this.internals;
    this.internals.pendingBuffer = null;
    const lost = new ZooKeeper.Exception(ZooKeeper.Exception.CONNECTION_LOSS, 'CONNECTION_LOSS', ZooKeeper.Exception);
    for (let packet = packetQueue.shift(); packet !== undefined; packet = packetQueue.shift()) packet.callback(lost);
  }

  private translated(error: unknown): Error {
    const code = (error as Partial<Exception>).code;
    const { CONNECTION_LOSS, SESSION_EXPIRED, AUTH_FAILED } = ZooKeeper.Exception;
    if (code === SESSION_EXPIRED || code === AUTH_FAILED) this.hasEnded = true;
    const didAnswer = code !== undefined && ![CONNECTION_LOSS, SESSION_EXPIRED, AUTH_FAILED].includes(code);
    if (didAnswer) this.silentSince = undefined;
    return didAnswer && REFUSALS.has(code) ? new Refused(code) : new LockBackendUnavailable({ cause: error });
  }

  private noteSilence(): void {
    const now = performance.now();
    this.silentSince ??= now;
    if (now - this.silentSince < SILENCE_MAX_MS) return;
    this.silentSince = undefined;
    this.internals.socket?.destroy();
  }
}
