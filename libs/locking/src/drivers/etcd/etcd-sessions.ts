import { castGrpcError, EtcdLeaseInvalidError, type ICompare } from 'etcd3';
import { PendingCleanup } from '../pending-cleanup.js';
import { lastWrittenAt, put, removeOwned, type Names } from './etcd-keys.js';
import type { EtcdNodes } from './etcd-nodes.js';

/** A lease lives this much longer than the locks on it, so it is not prolonged for each of them. */
const MARGIN_MS = 1_000;
/** Shorter leases are rounded up by a server with the default election timeout. */
const SHORTEST_SECONDS = 2;

/** A lease of etcd. It keeps names alive. */
export class EtcdSession {
  readonly cleanup = new PendingCleanup();
  /** The session lives at least until then, on the monotonic clock. */
  until = 0;
  /** When the name of the session was last written. */
  private revision = '0';

  constructor(
    private readonly nodes: EtcdNodes,
    private readonly name: string,
    readonly leaseId: string,
  ) {}

  /** Holds for a request that was not made void by `remove` since it was sent. */
  get isCurrent(): ICompare {
    return lastWrittenAt(this.name, this.revision);
  }

  /**
   * Removes what belongs to the owner, now or later. Never rejects.
   *
   * @param makesVoid when the answer to a request was lost and a server may still carry it out: from now on that request has no effect, nor
   * has any other of this session that was sent before
   */
  remove(owner: string, names: readonly string[], makesVoid = false): Promise<void> {
    return this.cleanup.add(async () => {
      const success = names.map((name) => removeOwned(name, owner));
      if (makesVoid) success.push(put(this.name, '', this.leaseId));
      try {
        const { header } = await this.nodes.call((client, limit) => client.kv.txn({ success }, limit));
        if (makesVoid) this.revision = header.revision;
      } catch (error) {
        if (!(error instanceof EtcdLeaseInvalidError)) throw error; // Else all names have ended with the lease.
      }
    });
  }
}

/** Sessions of about the same ttl share one. */
interface Slot {
  session: EtcdSession | undefined;
  extension: Promise<void> | undefined;
}

/**
 * One lease for all locks of about the same ttl, instead of three writes a lock. It is prolonged only when a lock is acquired or renewed,
 * so it ends by itself when the process ends or holds nothing.
 */
export class EtcdSessions {
  private readonly slots = new Map<number, Slot>();

  constructor(
    private readonly nodes: EtcdNodes,
    private readonly names: Names,
  ) {}

  /**
   * A session that lives for at least `ttlMs` from now on.
   *
   * @throws {LockBackendUnavailable}
   */
  async covering(ttlMs: number): Promise<EtcdSession> {
    const slot = this.slotFor(ttlMs);
    while (slot.session === undefined || slot.session.until < performance.now() + ttlMs) {
      slot.extension ??= this.extend(slot, secondsFor(ttlMs)).finally(() => (slot.extension = undefined));
      await slot.extension;
    }
    return slot.session;
  }

  /** The session of locks with this ttl, if there is one. */
  current(ttlMs: number): EtcdSession | undefined {
    return this.slotFor(ttlMs).session;
  }

  /** The server does not know it any more. */
  forget(session: EtcdSession): void {
    session.cleanup.stop();
    for (const slot of this.slots.values()) if (slot.session === session) slot.session = undefined;
  }

  stop(): void {
    for (const { session } of this.slots.values()) session?.cleanup.stop();
  }

  private slotFor(ttlMs: number): Slot {
    const seconds = secondsFor(ttlMs);
    const slot = this.slots.get(seconds) ?? { session: undefined, extension: undefined };
    this.slots.set(seconds, slot);
    return slot;
  }

  /** What must not live on is removed first: if that never succeeds, the lease ends, and everything with it. */
  private async extend(slot: Slot, seconds: number): Promise<void> {
    const { session } = slot;
    await session?.cleanup.run();
    const sentAt = performance.now();
    if (session === undefined || !(await this.keepAlive(session.leaseId))) {
      if (session !== undefined) this.forget(session);
      slot.session = await this.open(seconds);
    }
    if (slot.session !== undefined) slot.session.until = sentAt + seconds * 1_000;
  }

  private async open(seconds: number): Promise<EtcdSession> {
    const { ID } = await this.nodes.call((client, limit) => client.leaseClient.leaseGrant({ TTL: seconds }, limit));
    return new EtcdSession(this.nodes, this.names.sessionOf(ID), ID);
  }

  /** @returns whether the lease was still there */
  private keepAlive(leaseId: string): Promise<boolean> {
    return this.nodes.call(async (client, limit) => {
      const stream = await client.leaseClient.leaseKeepAlive(limit);
      try {
        return await new Promise<boolean>((resolve, reject) => {
          stream.on('data', ({ TTL }) => resolve(Number(TTL) > 0));
          stream.on('error', (error) => reject(castGrpcError(error)));
          stream.on('end', () => reject(new Error('The stream ended without an answer.')));
          stream.write({ ID: leaseId });
        });
      } finally {
        stream.end();
      }
    });
  }
}

/** Whole seconds, because etcd knows no others. */
const secondsFor = (ttlMs: number): number => Math.max(SHORTEST_SECONDS, Math.ceil((ttlMs + MARGIN_MS) / 1_000));
