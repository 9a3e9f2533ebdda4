import { Logger } from '@nestjs/common';
import ZooKeeper, { type Client, type Exception, type Stat } from 'node-zookeeper-client';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { answered, NoAnswer } from '../answered.js';
import './unknown-codes.js';

const RECONNECT_MAX_MS = 200;
/** A server that does not close its end in this time is left. */
const DISCONNECT_TIMEOUT_MS = 100;
/** After so long without any answer the connection is taken for dead; the client itself would wait for ever. */
const SILENCE_MAX_MS = 1_000;
/** The client's own number for a session that is being closed. */
const CLOSING = -1;

/** The client's own number for a connection that is not there. */
const DISCONNECTED = 0;

/** What the client has inside, and needs to be told about a silent server and about what is not for later. */
interface Inside {
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

/** There was no connection for the whole time, so nothing was asked, and nothing will be done. */
export class NotAsked extends LockBackendUnavailable {}

const { NO_NODE, NODE_EXISTS, NOT_EMPTY } = ZooKeeper.Exception;
/** What may be so with locks. A server that says anything else is not one to lock with. */
const FINDINGS: ReadonlySet<number> = new Set([NO_NODE, NODE_EXISTS, NOT_EMPTY]);

/** What the server found instead of doing it. */
export class Refused extends Error {
  constructor(readonly code: number) {
    super(`ZooKeeper refused: ${code}`);
  }
}

/**
 * A session, and everything that hangs on it. The client pings by itself, but says nothing of a server that does not answer: each call has
 * its own time, and a connection that stays silent is opened anew, within the same session. Without a connection the client would keep all
 * requests, and send them when there is one, however late: here a request waits for the connection, and no longer than its time.
 */
export class ZooKeeperSession {
  /** Grants that hang on it. */
  held = 0;
  private readonly logger = new Logger(ZooKeeperSession.name);
  private readonly client: Client;
  private over = false;
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
      this.over = true;
      this.sendAll();
    };
    this.client.on('expired', ended);
    this.client.on('authenticationFailed', ended);
    this.client.on('connected', () => this.sendAll());
    this.inside.on('state', (state) => {
      if (state === DISCONNECTED) this.dropRest();
    });
    this.client.on('disconnected', () => {
      if (!this.closing) this.logger.warn({ msg: 'The connection to ZooKeeper was lost; reconnecting' });
    });
    this.client.connect();
  }

  /** It expired: all that hung on it is gone. */
  get isOver(): boolean {
    return this.over;
  }

  get id(): string {
    return this.client.getSessionId().toString('hex');
  }

  /** Milliseconds after the last word of this process at which the server ends it; the server may have changed the wish. */
  get timeoutMs(): number {
    return this.client.getSessionTimeout();
  }

  /**
   * @throws {NotAsked} when there is no connection in time
   * @throws {LockBackendUnavailable} when no answer comes in time, or none to work with; the request may still be carried out
   * @throws {Refused}
   */
  async call<T>(ask: Ask<T>): Promise<T> {
    let send: () => void = doNothing;
    const asked = new Promise<T>((resolve) => {
      send = () => resolve(outcomeOf(this.client, ask));
    });
    if (this.closing || this.over || this.client.getState() === ZooKeeper.State.SYNC_CONNECTED) send();
    else this.unsent.add(send);
    try {
      const value = await answered(asked, this.options.commandTimeoutMs);
      this.silentSince = undefined;
      return value;
    } catch (error) {
      if (error instanceof NoAnswer) this.noteSilence();
      throw this.unsent.delete(send) ? new NotAsked({ cause: error }) : this.translated(error);
    }
  }

  exists(path: string): Promise<Stat | null> {
    return this.call((client, answer) => client.exists(path, answer));
  }

  /**
   * Tells when the node goes. A watch on one that is not there would stay until it is made, which is never: so there is none then.
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

  /** Nothing where there is no such node. */
  async children(path: string): Promise<readonly string[]> {
    try {
      return await this.call<string[]>((client, answer) => client.getChildren(path, answer));
    } catch (error) {
      if (error instanceof Refused && error.code === ZooKeeper.Exception.NO_NODE) return [];
      throw error;
    }
  }

  /** Nothing where there is no such node. */
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

  /** With locks on it the session is left to its timeout, so that nobody takes them from work that still runs. */
  async close(): Promise<void> {
    this.closing = true;
    const connectionManager = this.inside;
    if (this.held > 0) connectionManager.setState(CLOSING);
    else this.client.close();
    this.sendAll(); // To be refused at once.
    const closed = new Promise<void>((resolve) => this.client.once('disconnected', resolve));
    const timer = setTimeout(() => connectionManager.socket?.destroy(), this.held > 0 ? 0 : DISCONNECT_TIMEOUT_MS);
    if (this.client.getState() === ZooKeeper.State.SYNC_CONNECTED) await closed;
    else connectionManager.socket?.destroy();
    clearTimeout(timer);
  }

  private get inside(): Inside['connectionManager'] {
    return (this.client as unknown as Inside).connectionManager;
  }

  private sendAll(): void {
    for (const send of this.unsent) send();
    this.unsent.clear();
  }

  /** What a connection had not yet sent, and the part of an answer that it had received: the client would go on with both in the next. */
  private dropRest(): void {
    const { packetQueue } = this.inside;
    this.inside.pendingBuffer = null;
    const lost = new ZooKeeper.Exception(ZooKeeper.Exception.CONNECTION_LOSS, 'CONNECTION_LOSS', ZooKeeper.Exception);
    for (let packet = packetQueue.shift(); packet !== undefined; packet = packetQueue.shift()) packet.callback(lost);
  }

  private translated(error: unknown): Error {
    const code = (error as Partial<Exception>).code;
    const { CONNECTION_LOSS, SESSION_EXPIRED, AUTH_FAILED } = ZooKeeper.Exception;
    if (code === SESSION_EXPIRED || code === AUTH_FAILED) this.over = true;
    const didAnswer = code !== undefined && ![CONNECTION_LOSS, SESSION_EXPIRED, AUTH_FAILED].includes(code);
    if (didAnswer) this.silentSince = undefined;
    return didAnswer && FINDINGS.has(code) ? new Refused(code) : new LockBackendUnavailable({ cause: error });
  }

  private noteSilence(): void {
    const now = performance.now();
    this.silentSince ??= now;
    if (now - this.silentSince < SILENCE_MAX_MS) return;
    this.silentSince = undefined;
    this.inside.socket?.destroy();
  }
}
