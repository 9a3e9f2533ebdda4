import type { IKeyValue, ITxnRequest, ITxnResponse } from 'etcd3';
import type { Acquisition, DriverCapabilities, Grant, HeldLock, Renewal } from '../driver.js';
import { SessionDriver, type AcquireRequest } from '../session-driver.js';
import { EtcdAcquisition, type EtcdParts } from './etcd-acquisition.js';
import { EtcdNodes } from './etcd-nodes.js';
import { KeyDeletionWatcher } from './key-deletion-watcher.js';
import { afterAll, bytes, get, isMissing, nameOf, remove, removeCreatedAt } from './lock-transactions.js';
import { Names } from './names.js';
import { Sessions } from './sessions.js';
import { Tombstones } from './tombstones.js';

/** Leases have whole seconds, live a margin longer than their locks, and are checked twice a second. */
const FREES_LATE_MS = 3_000;
/** A transaction has at most 128 comparisons or operations; an acquisition compares each key and its queue. */
const KEYS_MAX = 60;
/** Keys in one renewal. */
const RENEWED_KEYS_MAX = 120;

export interface EtcdOptions {
  /** Members of one cluster. */
  readonly urls: readonly string[];
  readonly keyPrefix: string;
  /** Milliseconds for one round trip. */
  readonly commandTimeoutMs: number;
}

/** etcd: a majority of its members decides, and the revision of the grant is the token. */
export class EtcdDriver extends SessionDriver {
  override readonly name = 'etcd';
  override readonly capabilities: DriverCapabilities = {
    acrossProcesses: true,
    tokensSurviveDataLoss: false,
    raisesTokens: false,
    notifies: true,
    freesLateMs: FREES_LATE_MS,
    keysMax: KEYS_MAX,
  };
  private readonly parts: EtcdParts;

  constructor({ urls, keyPrefix, commandTimeoutMs }: EtcdOptions) {
    super();
    const nodes = new EtcdNodes(urls, commandTimeoutMs);
    const names = new Names(keyPrefix);
    this.parts = {
      nodes,
      names,
      sessions: new Sessions(nodes, new Tombstones(nodes, names)),
      deletions: new KeyDeletionWatcher(nodes),
      granted: (grant) => this.expiryTimers.add(grant),
    };
  }

  override async renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    const renewals = new Map<Grant, Renewal>();
    const ttls = new Set(grants.map((grant) => grant.ttlMs));
    const batches = [...ttls].flatMap((ttlMs) => batchesOf(grants.filter((grant) => grant.ttlMs === ttlMs)));
    await Promise.all(
      batches.map(async (batch) => {
        const owned = await this.ownedOf(batch).catch(() => undefined); // EtcdNodes has logged it.
        for (const grant of batch) renewals.set(grant, owned === undefined ? 'unknown' : renewalOf(owned.has(grant)));
      }),
    );
    return grants.map((grant) => renewals.get(grant) ?? 'unknown');
  }

  override async release(grant: Grant): Promise<'released' | 'lost'> {
    this.expiryTimers.delete(grant);
    const locks = this.locksOf(grant);
    const revision = String(grant.token);
    try {
      const { responses } = await this.txn({ success: locks.map((lock) => removeCreatedAt(lock, revision)) });
      return responses.every((response) => response.response_txn.succeeded) ? 'released' : 'lost';
    } catch (error) {
      this.removeKeysOf(grant);
      throw error;
    }
  }

  override async heldLocks(limit: number): Promise<readonly HeldLock[]> {
    const { nodes, names } = this.parts;
    const { kvs } = await nodes.call((client, callLimit) =>
      client.kv.range({ key: bytes(names.locks), range_end: afterAll(names.locks), limit }, callLimit),
    );
    const leases = [...new Set(kvs.map(({ lease }) => lease))];
    const left = new Map(await Promise.all(leases.map(async (lease) => [lease, await this.msLeft(lease)] as const)));
    return kvs.map((found) => this.heldLockOf(found, left.get(found.lease)));
  }

  override async forceRelease(key: string): Promise<boolean> {
    const lock = this.parts.names.lockOf(key);
    const { succeeded } = await this.txn({ compare: [isMissing(lock)], failure: [remove(lock)] });
    return !succeeded;
  }

  protected override acquisitionOf(request: AcquireRequest): Acquisition {
    return new EtcdAcquisition(this.parts, request);
  }

  protected override async disconnect(): Promise<void> {
    this.parts.sessions.stop();
    await this.parts.deletions.close();
    this.parts.nodes.close();
  }

  /** The grants of the batch that are still on the server and stay there for another ttl. All have the same ttl. */
  private async ownedOf(batch: readonly Grant[]): Promise<ReadonlySet<Grant>> {
    const { names, sessions } = this.parts;
    const { leaseId } = await sessions.covering(batch[0]?.ttlMs ?? 0);
    const wanted = batch.flatMap((grant) => grant.keys.map((key) => ({ grant, lock: names.lockOf(key) })));
    const { responses } = await this.txn({ success: wanted.map(({ lock }) => get(lock)) });
    const owned = new Set(batch);
    for (const [index, { grant }] of wanted.entries()) {
      const lock = responses[index]?.response_range.kvs[0];
      if (lock?.create_revision !== String(grant.token) || lock.lease !== leaseId) owned.delete(grant);
    }
    for (const grant of owned) this.expiryTimers.renewed(grant);
    return owned;
  }

  protected override removeKeysOf(grant: Grant): void {
    const session = this.parts.sessions.current(grant.ttlMs);
    session?.cleanup.add({ owner: grant.owner, names: this.locksOf(grant), uncertain: false });
  }

  private locksOf(grant: Grant): string[] {
    return grant.keys.map((key) => this.parts.names.lockOf(key));
  }

  private heldLockOf(found: IKeyValue, ttlMs: number | undefined): HeldLock {
    const [, owner = ''] = found.value.toString('utf8').split(' ');
    const key = this.parts.names.keyOf(nameOf(found));
    const token = BigInt(found.create_revision);
    return ttlMs === undefined ? { key, token, owner } : { key, token, owner, ttlMs };
  }

  private async msLeft(lease: string): Promise<number | undefined> {
    const { TTL } = await this.parts.nodes.call((client, limit) =>
      client.leaseClient.leaseTimeToLive({ ID: lease }, limit),
    );
    return Number(TTL) > 0 ? Number(TTL) * 1_000 : undefined;
  }

  private txn(request: ITxnRequest): Promise<ITxnResponse> {
    return this.parts.nodes.call((client, limit) => client.kv.txn(request, limit));
  }
}

const renewalOf = (owned: boolean): Renewal => (owned ? 'renewed' : 'lost');

/** Grants whose keys fit into one transaction. */
function batchesOf(grants: readonly Grant[]): Grant[][] {
  const batches: Grant[][] = [];
  let room = 0;
  for (const grant of grants) {
    if (grant.keys.length > room) {
      batches.push([]);
      room = RENEWED_KEYS_MAX;
    }
    batches.at(-1)?.push(grant);
    room -= grant.keys.length;
  }
  return batches;
}
