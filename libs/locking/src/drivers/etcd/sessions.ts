import { castGrpcError } from 'etcd3';
import type { EtcdNodes } from './etcd-nodes.js';
import { PendingCleanup } from './pending-cleanup.js';
import type { Tombstones } from './tombstones.js';

/** A lease lives this much longer than the locks on it, so it is not prolonged for each of them. */
const MARGIN_MS = 1_000;
/** Shorter leases are rounded up by a server with the default election timeout. */
const SHORTEST_SECONDS = 2;

/** A lease of etcd. It keeps names alive. */
export interface Session {
  readonly leaseId: string;
  readonly cleanup: PendingCleanup;
}

interface Slot {
  readonly seconds: number;
  session: Session | undefined;
  /** The session lives at least until then, on the monotonic clock. */
  until: number;
  extension: Promise<void> | undefined;
}

/** Whole seconds, because etcd knows no others. */
const secondsFor = (ttlMs: number): number => Math.max(SHORTEST_SECONDS, Math.ceil((ttlMs + MARGIN_MS) / 1_000));

/**
 * One lease for all locks of about the same ttl, instead of three writes a lock. It is prolonged only when a lock is acquired or renewed,
 * so it ends by itself when the process ends or holds nothing.
 */
export class Sessions {
  private readonly slots = new Map<number, Slot>();

  constructor(
    private readonly nodes: EtcdNodes,
    private readonly tombstones: Tombstones,
  ) {}

  /**
   * A session that lives for at least `ttlMs` from now on.
   *
   * @throws {LockBackendUnavailable}
   */
  async covering(ttlMs: number): Promise<Session> {
    const slot = this.slotFor(ttlMs);
    while (slot.session === undefined || slot.until < performance.now() + ttlMs) {
      slot.extension ??= this.extend(slot).finally(() => (slot.extension = undefined));
      await slot.extension;
    }
    return slot.session;
  }

  /** The session of locks with this ttl, if there is one. */
  current(ttlMs: number): Session | undefined {
    return this.slotFor(ttlMs).session;
  }

  /** The server does not know it any more. */
  forget(session: Session): void {
    for (const slot of this.slots.values()) if (slot.session === session) drop(slot);
  }

  stop(): void {
    for (const slot of this.slots.values()) slot.session?.cleanup.stop();
  }

  private slotFor(ttlMs: number): Slot {
    const seconds = secondsFor(ttlMs);
    const known = this.slots.get(seconds);
    if (known !== undefined) return known;
    const slot: Slot = { seconds, session: undefined, until: 0, extension: undefined };
    this.slots.set(seconds, slot);
    return slot;
  }

  private async extend(slot: Slot): Promise<void> {
    const { session } = slot;
    await session?.cleanup.run();
    const sentAt = performance.now();
    if (session !== undefined && (await this.keepAlive(session.leaseId))) {
      slot.until = sentAt + slot.seconds * 1_000;
      return;
    }
    drop(slot);
    const grantedAt = performance.now();
    const { ID: leaseId } = await this.nodes.call((client, limit) =>
      client.leaseClient.leaseGrant({ TTL: slot.seconds }, limit),
    );
    slot.session = { leaseId, cleanup: new PendingCleanup(this.nodes, this.tombstones) };
    slot.until = grantedAt + slot.seconds * 1_000;
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

function drop(slot: Slot): void {
  slot.session?.cleanup.stop();
  slot.session = undefined;
  slot.until = 0;
}
