import type { ITxnRequest } from 'etcd3';
import {
  LockDriver,
  processName,
  type Acquisition,
  type DriverOptions,
  type Grant,
  type HeldLock,
  type Renewal,
} from '../driver.js';
import { EtcdAcquisition, type EtcdParts } from './etcd-acquisition.js';
import { allIn, get, isMissing, nameOf, Names, remove, removeCreatedAt } from './etcd-keys.js';
import { EtcdNodes } from './etcd-nodes.js';
import { EtcdSessions } from './etcd-sessions.js';

/** A transaction has at most 128 comparisons or operations; an acquisition compares each key and its queue. */
const KEYS_MAX = 60;
/** Keys in one transaction that only reads. */
const READ_KEYS_MAX = 120;

/** etcd: a majority of its members decides, and the revision of the grant is the token. */
export class EtcdDriver extends LockDriver {
  override readonly name = 'etcd';
  override readonly keysMax = KEYS_MAX;
  private readonly parts: EtcdParts;

  constructor({ urls, keyPrefix, commandTimeoutMs }: DriverOptions) {
    super();
    const nodes = new EtcdNodes(urls, commandTimeoutMs);
    const names = new Names(keyPrefix);
    this.parts = { nodes, names, sessions: new EtcdSessions(nodes, names) };
  }

  override acquire(keys: readonly string[], ttlMs: number, changed?: () => void): Acquisition {
    return new EtcdAcquisition(this.parts, { keys, ttlMs, owner: `${this.newOwner()} ${processName}`, changed });
  }

  override async renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    const ttls = [...new Set(grants.map(({ ttlMs }) => ttlMs))];
    const found = await Promise.all(
      ttls.map((ttlMs) => {
        const locks = grants.filter((grant) => grant.ttlMs === ttlMs).flatMap((grant) => this.locksOf(grant));
        return this.prolong(locks, ttlMs).catch(() => undefined); // EtcdNodes has logged it.
      }),
    );
    return grants.map((grant) => {
      const revisions = found[ttls.indexOf(grant.ttlMs)];
      if (revisions === undefined) return 'unknown';
      return this.locksOf(grant).every((lock) => revisions.get(lock) === String(grant.token)) ? 'renewed' : 'lost';
    });
  }

  override async release(grant: Grant): Promise<'released' | 'lost'> {
    const locks = this.locksOf(grant);
    const revision = String(grant.token);
    try {
      const { responses } = await this.txn({ success: locks.map((lock) => removeCreatedAt(lock, revision)) });
      return responses.every((response) => response.response_txn.succeeded) ? 'released' : 'lost';
    } catch (error) {
      void this.parts.sessions.current(grant.ttlMs)?.remove(grant.owner, locks);
      throw error;
    }
  }

  override async heldLocks(limit: number): Promise<readonly HeldLock[]> {
    const { nodes, names } = this.parts;
    const { kvs } = await nodes.call((client, callLimit) =>
      client.kv.range({ ...allIn(names.locks), limit }, callLimit),
    );
    const leases = [...new Set(kvs.map(({ lease }) => lease))];
    const left = new Map(await Promise.all(leases.map(async (lease) => [lease, await this.msLeft(lease)] as const)));
    return kvs.map((found) => {
      const [, owner = ''] = found.value.toString('utf8').split(' ');
      const ttlMs = left.get(found.lease);
      const lock = { key: names.keyOf(nameOf(found)), token: BigInt(found.create_revision), owner };
      return ttlMs === undefined ? lock : Object.assign(lock, { ttlMs });
    });
  }

  override async forceRelease(key: string): Promise<boolean> {
    const lock = this.parts.names.lockOf(key);
    const { succeeded } = await this.txn({ compare: [isMissing(lock)], failure: [remove(lock)] });
    return !succeeded;
  }

  override async close(): Promise<void> {
    this.parts.sessions.stop();
    this.parts.nodes.close();
  }

  /** @returns the create revision of each of these locks that is still there and stays there for another ttl */
  private async prolong(locks: readonly string[], ttlMs: number): Promise<ReadonlyMap<string, string>> {
    const { leaseId } = await this.parts.sessions.covering(ttlMs);
    const pages = Array.from({ length: Math.ceil(locks.length / READ_KEYS_MAX) }, (_, page) =>
      locks.slice(page * READ_KEYS_MAX, (page + 1) * READ_KEYS_MAX),
    );
    const answers = await Promise.all(pages.map((page) => this.txn({ success: page.map(get) })));
    const found = answers.flatMap(({ responses }) => responses.flatMap((response) => response.response_range.kvs));
    return new Map(found.filter(({ lease }) => lease === leaseId).map((lock) => [nameOf(lock), lock.create_revision]));
  }

  private locksOf(grant: Grant): string[] {
    return grant.keys.map((key) => this.parts.names.lockOf(key));
  }

  private async msLeft(lease: string): Promise<number | undefined> {
    const { TTL } = await this.parts.nodes.call((client, limit) =>
      client.leaseClient.leaseTimeToLive({ ID: lease }, limit),
    );
    return Number(TTL) > 0 ? Number(TTL) * 1_000 : undefined;
  }

  private txn(request: ITxnRequest) {
    return this.parts.nodes.call((client, limit) => client.kv.txn(request, limit));
  }
}
