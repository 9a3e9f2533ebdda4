import type { Stat } from 'node-zookeeper-client';
import type { Acquisition, DriverCapabilities, Grant, HeldLock, Renewal } from '../driver.js';
import { SessionDriver, type AcquireRequest } from '../session-driver.js';
import { askMajority, takeFrom, tokenOf } from './lock-nodes.js';
import { removeNode } from './nodes.js';
import { Paths } from './paths.js';
import { ZooKeeperAcquisition, type ZooKeeperParts } from './zookeeper-acquisition.js';
import { Refused, type ZooKeeperSession } from './zookeeper-session.js';
import { ZooKeeperSessions } from './zookeeper-sessions.js';

/** Any session can be used for reads. */
const ANY_TTL_MS = 1_000;
/** Sessions have whole seconds here, live a margin longer than their locks, and end with a tick, which is 2 s by default. */
const FREES_LATE_MS = 4_000;

export interface ZooKeeperOptions {
  /** host:port of the members of one ensemble. */
  readonly servers: readonly string[];
  readonly keyPrefix: string;
  /** Milliseconds for one round trip. */
  readonly commandTimeoutMs: number;
}

/** ZooKeeper: a majority of its members decides, and the transaction that made the lock's node is the token. */
export class ZooKeeperDriver extends SessionDriver {
  override readonly name = 'zookeeper';
  override readonly capabilities: DriverCapabilities = {
    acrossProcesses: true,
    tokensSurviveDataLoss: false,
    raisesTokens: false,
    notifies: true,
    freesLateMs: FREES_LATE_MS,
  };
  private readonly sessionOf = new WeakMap<Grant, ZooKeeperSession>();
  private readonly parts: ZooKeeperParts;

  constructor({ servers, keyPrefix, commandTimeoutMs }: ZooKeeperOptions) {
    super();
    const paths = new Paths(keyPrefix);
    this.parts = {
      paths,
      sessions: new ZooKeeperSessions({ servers: servers.join(','), commandTimeoutMs }, paths),
      granted: (grant, session) => {
        session.held += 1;
        this.sessionOf.set(grant, session);
        this.expiryTimers.add(grant);
      },
    };
  }

  override renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    const sessions = new Set(grants.map((grant) => this.sessionOf.get(grant)));
    const majorities = new Map([...sessions].map((session) => [session, this.askMajority(session)]));
    return Promise.all(grants.map((grant) => this.renewOne(grant, majorities.get(this.sessionOf.get(grant)))));
  }

  override async release(grant: Grant): Promise<'released' | 'lost'> {
    const session = this.sessionOf.get(grant);
    if (session === undefined) return 'lost';
    if (this.expiryTimers.delete(grant)) session.held -= 1;
    try {
      return (await this.takeAll(session, grant)) ? 'released' : 'lost';
    } catch (error) {
      void this.parts.sessions.cleanUp(session, grant);
      throw error;
    }
  }

  override async heldLocks(limit: number): Promise<readonly HeldLock[]> {
    const session = await this.anySession();
    const names = (await session.children(this.parts.paths.locks)).slice(0, limit);
    const found = await Promise.all(names.map((name) => this.heldLock(session, this.parts.paths.keyOf(name))));
    return found.filter((lock) => lock !== undefined);
  }

  override async forceRelease(key: string): Promise<boolean> {
    const { paths } = this.parts;
    const session = await this.anySession();
    const lock = paths.lockOf(key);
    const owner = await session.data(lock);
    if (owner === undefined) return false;
    if (await takeFrom(session, [{ lock, own: paths.ownOf(key, owner) }])) return true;
    // Released at this moment, or not made by this library.
    return removeNode(session, lock);
  }

  protected override acquisitionOf(request: AcquireRequest): Acquisition {
    return new ZooKeeperAcquisition(this.parts, request);
  }

  protected override disconnect(): Promise<void> {
    return this.parts.sessions.close();
  }

  protected override removeKeysOf(grant: Grant): void {
    const session = this.sessionOf.get(grant);
    if (session === undefined) return;
    session.held -= 1;
    void this.parts.sessions.cleanUp(session, grant);
  }

  private async takeAll(session: ZooKeeperSession, grant: Grant): Promise<boolean> {
    const { paths } = this.parts;
    const keys = await this.keysOf(grant, session);
    const nodes = keys.map((key) => ({ lock: paths.lockOf(key), own: paths.ownOf(key, grant.owner) }));
    if (nodes.length === grant.keys.length && (await takeFrom(session, nodes))) return true;
    await Promise.all(nodes.map((node) => takeFrom(session, [node])));
    return false;
  }

  private async askMajority(session: ZooKeeperSession | undefined): Promise<void> {
    if (session !== undefined && !session.isOver) await askMajority(session, this.parts.paths.locks);
  }

  /** @param majority the answer of a majority, asked once for all grants of a session and before the reads of this one */
  private async renewOne(grant: Grant, majority: Promise<void> | undefined): Promise<Renewal> {
    try {
      const [keys] = await Promise.all([this.keysOf(grant), majority]);
      if (keys.length < grant.keys.length) return 'lost';
      this.expiryTimers.renewed(grant);
      return 'renewed';
    } catch {
      return 'unknown'; // The session has logged it.
    }
  }

  /** The keys that the grant still has. Each answer also keeps the session alive. */
  private async keysOf(grant: Grant, session = this.sessionOf.get(grant)): Promise<string[]> {
    if (session === undefined || session.isOver) return [];
    const stats = await Promise.all(grant.keys.map((key) => session.exists(this.parts.paths.lockOf(key))));
    return grant.keys.filter((_, index) => isOf(grant, stats[index] ?? null));
  }

  private async heldLock(session: ZooKeeperSession, key: string): Promise<HeldLock | undefined> {
    try {
      return await session.call<HeldLock>((client, answer) =>
        client.getData(this.parts.paths.lockOf(key), (error, data, stat) => {
          if (error) answer(error, { key });
          else answer(null, describe(key, data, stat));
        }),
      );
    } catch (error) {
      if (error instanceof Refused) return undefined; // Released at this moment.
      throw error;
    }
  }

  private anySession(): Promise<ZooKeeperSession> {
    return this.parts.sessions.covering(ANY_TTL_MS);
  }
}

const isOf = (grant: Grant, stat: Stat | null): boolean => stat !== null && tokenOf(stat) === grant.token;

function describe(key: string, data: Buffer | undefined, stat: Stat): HeldLock {
  const [, owner = ''] = (data?.toString('utf8') ?? '').split(' ');
  return { key, owner, token: tokenOf(stat), since: new Date(Number(stat.ctime.readBigInt64BE())) };
}
