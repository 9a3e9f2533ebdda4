import { EtcdLeaseInvalidError } from 'etcd3';
import type { EtcdNodes } from './etcd-nodes.js';
import { removeOwned } from './lock-transactions.js';
import type { Tombstones } from './tombstones.js';

const RETRY_MS = 250;

/** What an ended acquisition may have left on the server. */
export interface Cleanup {
  readonly owner: string;
  readonly names: readonly string[];
  /** A request of the acquisition may still reach the server, because its answer did not come. */
  readonly uncertain: boolean;
  /** The revision of the grant, which stays. */
  readonly granted?: string;
}

/**
 * Names that this process must remove before it prolongs the lease that keeps them alive. Without this, a key that nobody knows of would
 * live as long as the process. Retried until it is done; if it never succeeds, the lease ends, and all its names with it.
 */
export class PendingCleanup {
  private readonly pending = new Set<Cleanup>();
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  private stopped = false;

  constructor(
    private readonly nodes: EtcdNodes,
    private readonly tombstones: Tombstones,
  ) {}

  add(cleanup: Cleanup): void {
    this.pending.add(cleanup);
    void this.tryNow();
  }

  /** @throws {LockBackendUnavailable} */
  async run(): Promise<void> {
    for (const cleanup of this.pending) {
      await this.remove(cleanup);
      this.pending.delete(cleanup);
    }
  }

  /** The lease has ended, or the process ends. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.pending.clear();
  }

  private async remove({ owner, names, uncertain, granted }: Cleanup): Promise<void> {
    for (;;) {
      const tombstone = uncertain ? [await this.tombstones.put(owner)] : [];
      const success = [...tombstone, ...names.map((name) => removeOwned(name, owner, granted))];
      try {
        await this.nodes.call((client, limit) => client.kv.txn({ success }, limit));
        return;
      } catch (error) {
        if (!(error instanceof EtcdLeaseInvalidError)) throw error;
        this.tombstones.forgetLease();
      }
    }
  }

  private async tryNow(): Promise<void> {
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    await this.run().catch(() => undefined); // EtcdNodes has logged it; the next try follows.
    this.running = false;
    if (this.pending.size > 0 && !this.stopped) this.timer = setTimeout(() => void this.tryNow(), RETRY_MS).unref();
  }
}
