import {
  LockDriver,
  processName,
  type Acquisition,
  type DriverOptions,
  type Grant,
  type HeldLock,
  type Renewal,
} from '../driver.js';
import { removeLocks, removeTraces, tokenOf } from './lock-nodes.js';
import { Paths } from './paths.js';
import { ZooKeeperAcquisition, type ZooKeeperParts } from './zookeeper-acquisition.js';
import { ZooKeeperSessions, type ZooKeeperSession } from './zookeeper-session.js';

/** Any session can be used for reads. */
const ANY_TTL_MS = 1_000;

/** ZooKeeper: a majority of its members decides, and the transaction that made the lock's node is the token. */
export class ZooKeeperDriver extends LockDriver {
  override readonly name = 'zookeeper';
  private readonly parts: ZooKeeperParts;

  /** @param options.urls host:port of the members of one ensemble */
  constructor({ urls, keyPrefix, commandTimeoutMs }: DriverOptions) {
    super();
    const paths = new Paths(keyPrefix);
    const sessions = new ZooKeeperSessions({ servers: urls.join(','), commandTimeoutMs, folders: paths.folders });
    this.parts = { paths, sessions, sessionOf: new WeakMap() };
  }

  override acquire(keys: readonly string[], ttlMs: number, changed?: () => void): Acquisition {
    return new ZooKeeperAcquisition(this.parts, { keys, ttlMs, owner: `${this.newOwner()} ${processName}`, changed });
  }

  override renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    const { sessionOf } = this.parts;
    const sessions = new Set(grants.map((grant) => sessionOf.get(grant)));
    const majorities = new Map([...sessions].map((session) => [session, this.askMajority(session)]));
    return Promise.all(grants.map((grant) => this.renewOne(grant, majorities.get(sessionOf.get(grant)))));
  }

  override async release(grant: Grant): Promise<'released' | 'lost'> {
    const { paths, sessionOf } = this.parts;
    const session = sessionOf.get(grant);
    if (session === undefined) return 'lost';
    const { owner } = grant;
    try {
      const keys = await this.keysOf(grant);
      if (keys.length === grant.keys.length && (await removeLocks(session, paths, { keys, owner }))) return 'released';
      await Promise.all(keys.map((key) => removeLocks(session, paths, { keys: [key], owner })));
      return 'lost';
    } catch (error) {
      void session.cleanup.add(() => removeTraces(session, paths, grant));
      throw error;
    }
  }

  override async heldLocks(limit: number): Promise<readonly HeldLock[]> {
    const { paths, sessions } = this.parts;
    const session = await sessions.covering(ANY_TTL_MS);
    const names = (await session.children(paths.locks)).slice(0, limit);
    const found = await Promise.all(names.map((name) => session.read(`${paths.locks}/${name}`)));
    return names.flatMap((name, index) => {
      const lock = found[index];
      if (lock === undefined) return []; // Released at this moment.
      const since = new Date(Number(lock.stat.ctime.readBigInt64BE()));
      return [
        { key: decodeURIComponent(name), owner: lock.data.split(' ')[1] ?? '', token: tokenOf(lock.stat), since },
      ];
    });
  }

  override async forceRelease(key: string): Promise<boolean> {
    const { paths, sessions } = this.parts;
    const session = await sessions.covering(ANY_TTL_MS);
    const lock = paths.lockOf(key);
    const owner = (await session.read(lock))?.data;
    if (owner === undefined) return false;
    if (await removeLocks(session, paths, { keys: [key], owner })) return true;
    // Released at this moment, or not made by this library.
    return session.remove(lock);
  }

  override close(): Promise<void> {
    return this.parts.sessions.close();
  }

  /**
   * Resolves when a majority has answered the session. A server answers reads from its own state, although it may be cut off from the
   * others; reads that follow this call are not older than the majority's answer.
   */
  private async askMajority(session: ZooKeeperSession | undefined): Promise<void> {
    if (session === undefined || session.isOver) return;
    await session.commit((transaction) => transaction.check(this.parts.paths.locks));
  }

  /** @param majority the answer of a majority, asked once for all grants of a session and before the reads of this one */
  private async renewOne(grant: Grant, majority: Promise<void> | undefined): Promise<Renewal> {
    try {
      const [keys] = await Promise.all([this.keysOf(grant), majority]);
      return keys.length < grant.keys.length ? 'lost' : 'renewed';
    } catch {
      return 'unknown'; // The session has logged it.
    }
  }

  /** The keys that the grant still has. Each answer also keeps the session alive. */
  private async keysOf(grant: Grant): Promise<string[]> {
    const session = this.parts.sessionOf.get(grant);
    if (session === undefined || session.isOver) return [];
    const nodes = await Promise.all(grant.keys.map((key) => session.read(this.parts.paths.lockOf(key))));
    return grant.keys.filter((_, index) => {
      const node = nodes[index];
      return node !== undefined && tokenOf(node.stat) === grant.token;
    });
  }
}
