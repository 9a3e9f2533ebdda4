import ZooKeeper, { type Client, type Exception, type Stat, type Transaction } from 'node-zookeeper-client';
import { answerWithin } from '#kernel';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { PendingCleanup } from '../pending-cleanup.js';
import { ServerHealth } from '../server-health.js';
import './unknown-codes.js';

const RECONNECT_MAX_MS = 200;
/** The client's own numbers for a connection that is not there, and for a session that is being closed. */
const DISCONNECTED = 0;
const CLOSING = -1;

/** Parts of the client that it does not publish. It has no public way to drop a connection, or half an answer of the last one. */
interface ClientInternals {
  readonly connectionManager: {
    socket?: { destroy(): void };
    pendingBuffer: Buffer | null;
    setState(state: number): void;
    on(event: 'state', listener: (state: number) => void): void;
  };
}

export interface SessionOptions {
  /** host:port, comma-separated, and the path under which everything is. */
  readonly servers: string;
  readonly timeoutMs: number;
  readonly commandTimeoutMs: number;
  /** Made by `makeFolders`. */
  readonly folders?: readonly string[];
}

type Answer<T> = (error: Error | Exception | null, value: T) => void;
type Ask<T> = (client: Client, answer: Answer<T>) => void;

const doNothing = (): void => undefined;

/** There was no connection for the whole time, so the request was not sent. */
export class NotSent extends LockBackendUnavailable {}

const { NO_NODE, NODE_EXISTS, NOT_EMPTY, CONNECTION_LOSS, SESSION_EXPIRED, AUTH_FAILED } = ZooKeeper.Exception;
/** Errors that are normal for locks. After any other error the server counts as unavailable. */
const REFUSALS: ReadonlySet<number> = new Set([NO_NODE, NODE_EXISTS, NOT_EMPTY]);

/**
 * A session with its ephemeral nodes. The client pings by itself, but does not notice a silent server: so each call has a timeout, and a
 * silent connection is opened again within the same session. Without a connection the client would queue requests and send them however
 * late: here a request waits for the connection no longer than its timeout.
 */
export class ZooKeeperSession {
  readonly cleanup = new PendingCleanup();
  private readonly client: Client;
  private readonly health: ServerHealth;
  private hasEnded = false;
  private hasFolders = false;
  private closing = false;
  private readonly unsent = new Set<() => void>();

  constructor(private readonly options: SessionOptions) {
    this.client = ZooKeeper.createClient(options.servers, {
      sessionTimeout: options.timeoutMs,
      spinDelay: RECONNECT_MAX_MS,
      retries: 0,
    });
    this.health = new ServerHealth(options.servers, () => this.internals.socket?.destroy());
    this.client.on('expired', () => this.end());
    this.client.on('authenticationFailed', () => this.end());
    this.client.on('connected', () => this.sendAll());
    this.internals.on('state', (state) => {
      // The client would read the next connection's answers as the rest of this one's last.
      if (state === DISCONNECTED) this.internals.pendingBuffer = null;
    });
    this.client.connect();
  }

  /** It has expired, and all its nodes are gone. */
  get isOver(): boolean {
    return this.hasEnded;
  }

  /** Milliseconds without a request after which the server ends the session. The server may have changed the wanted value. */
  get timeoutMs(): number {
    return this.client.getSessionTimeout();
  }

  /**
   * @returns undefined when the server refused for a reason that is normal for locks: a node is missing, is there already, or is not empty
   * @throws {NotSent} when there is no connection in time
   * @throws {LockBackendUnavailable} when no usable answer comes in time; the request may still be carried out
   */
  async call<T>(ask: Ask<T>): Promise<T | undefined> {
    let send = doNothing;
    const asked = new Promise<T>((resolve, reject) => {
      send = () => ask(this.client, (error, value) => (error ? reject(error) : resolve(value)));
    });
    if (this.closing || this.hasEnded || this.isConnected) send();
    else this.unsent.add(send);
    try {
      const value = await answerWithin(this.options.commandTimeoutMs, asked);
      this.health.answered();
      return value;
    } catch (error) {
      const { code = CONNECTION_LOSS } = error as Partial<Exception>;
      if (REFUSALS.has(code)) {
        this.health.answered();
        return undefined;
      }
      this.health.failed(error);
      if (code === SESSION_EXPIRED || code === AUTH_FAILED) this.end();
      const wasSent = !this.unsent.delete(send);
      throw wasSent ? new LockBackendUnavailable({ cause: error }) : new NotSent({ cause: error });
    }
  }

  /**
   * @param gone called when the node is deleted. There is no watch on a missing node: it would stay until the node is created.
   * @returns undefined if the node is missing
   */
  read(path: string, gone?: () => void): Promise<{ data: string; stat: Stat } | undefined> {
    return this.call<{ data: string; stat: Stat }>((client, answer) => {
      const done = (error: Error | Exception | null, data: Buffer | undefined, stat: Stat) =>
        answer(error, { data: data?.toString('utf8') ?? '', stat });
      if (gone === undefined) client.getData(path, done);
      else client.getData(path, gone, done);
    });
  }

  /** Makes the folders, if that was not done before. */
  async makeFolders(): Promise<void> {
    if (this.hasFolders) return;
    const { folders = [] } = this.options;
    await Promise.all(folders.map((folder) => this.call<string>((client, answer) => client.mkdirp(folder, answer))));
    this.hasFolders = true;
  }

  /** Empty if the node is missing. */
  async children(path: string): Promise<readonly string[]> {
    return (await this.call<string[]>((client, answer) => client.getChildren(path, answer))) ?? [];
  }

  /** @returns its path; undefined when the name is taken or its folder is missing */
  create(path: string, data: string, mode: number): Promise<string | undefined> {
    return this.call<string>((client, answer) => client.create(path, Buffer.from(data), mode, answer));
  }

  /** @returns whether it was there and empty */
  async remove(path: string): Promise<boolean> {
    return (await this.call((client, answer) => client.remove(path, (error) => answer(error, true)))) ?? false;
  }

  /** All or nothing. @returns whether it was done */
  async commit(fill: (transaction: Transaction) => void): Promise<boolean> {
    const done = await this.call<true>((client, answer) => {
      const transaction = client.transaction();
      fill(transaction);
      transaction.commit((error) => answer(error, true));
    });
    return done === true;
  }

  /** The session is left to its timeout, so that nobody takes its locks from work that still runs. */
  async close(): Promise<void> {
    this.closing = true;
    this.health.close();
    this.cleanup.stop();
    const closed = new Promise<void>((resolve) => this.client.once('disconnected', resolve));
    const wasConnected = this.isConnected;
    this.internals.setState(CLOSING);
    this.internals.socket?.destroy();
    this.sendAll(); // They are refused at once.
    if (wasConnected) await closed;
  }

  private get isConnected(): boolean {
    return this.client.getState() === ZooKeeper.State.SYNC_CONNECTED;
  }

  private get internals(): ClientInternals['connectionManager'] {
    return (this.client as unknown as ClientInternals).connectionManager;
  }

  private end(): void {
    this.hasEnded = true;
    this.cleanup.stop();
    this.sendAll();
  }

  private sendAll(): void {
    for (const send of this.unsent) send();
    this.unsent.clear();
  }
}

/**
 * A session lives this much longer than the locks on it: a server reports to the others that the holder lives only every half tick, and a
 * tick is 2 s by default.
 */
export const MARGIN_MS = 1_000;

/** One session for all locks of about the same ttl: the timeout of a session cannot be changed. */
export class ZooKeeperSessions {
  private readonly sessions = new Map<number, ZooKeeperSession>();

  constructor(private readonly options: Omit<SessionOptions, 'timeoutMs'>) {}

  /**
   * A session that lives for at least `ttlMs` after each of its answers, or for as long as the servers allow.
   *
   * @throws {LockBackendUnavailable}
   */
  async covering(ttlMs: number): Promise<ZooKeeperSession> {
    const timeoutMs = Math.ceil((ttlMs + MARGIN_MS) / 1_000) * 1_000;
    const known = this.sessions.get(timeoutMs);
    const session = known === undefined || known.isOver ? this.open(timeoutMs) : known;
    await session.makeFolders();
    return session;
  }

  async close(): Promise<void> {
    await Promise.all([...this.sessions.values()].map((session) => session.close()));
  }

  private open(timeoutMs: number): ZooKeeperSession {
    const session = new ZooKeeperSession({ ...this.options, timeoutMs });
    this.sessions.set(timeoutMs, session);
    return session;
  }
}
