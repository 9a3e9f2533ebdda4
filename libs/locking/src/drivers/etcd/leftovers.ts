import { EtcdLeaseInvalidError } from 'etcd3';
import type { EtcdNodes } from './etcd-nodes.js';
import { removeOwned } from './lock-transactions.js';
import { inGroups } from './many.js';
import type { Voids } from './voids.js';

const RETRY_MS = 250;

/** What a claim that is over may have left on the server. */
export interface Leftover {
  readonly owner: string;
  readonly names: readonly string[];
  /** Whether a request of the claim may still come to the server, because an answer did not come. */
  readonly late: boolean;
  /** The revision of what was granted: it is not taken back. */
  readonly granted?: string;
}

/**
 * What this process has to take back before it prolongs the lease that keeps it alive: otherwise a key that nobody knows of would live for
 * as long as the process does. Tried again until it is done; if it never is, the lease ends, and all that hangs on it.
 */
export class Leftovers {
  private readonly left = new Set<Leftover>();
  private timer: NodeJS.Timeout | undefined;
  private trying = false;
  private stopped = false;

  constructor(
    private readonly nodes: EtcdNodes,
    private readonly voids: Voids,
  ) {}

  add(leftover: Leftover): void {
    this.left.add(leftover);
    void this.tryNow();
  }

  /** @throws {LockBackendUnavailable} */
  async takeBack(): Promise<void> {
    for (const leftover of this.left) {
      await this.takeOneBack(leftover);
      this.left.delete(leftover);
    }
  }

  /** The lease is gone, or the process. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.left.clear();
  }

  private async takeOneBack({ owner, names, late, granted }: Leftover): Promise<void> {
    for (;;) {
      const bar = late ? [await this.voids.bar(owner)] : [];
      const success = [...bar, ...inGroups(names.map((name) => removeOwned(name, owner, granted)))];
      try {
        await this.nodes.call((client, limit) => client.kv.txn({ success }, limit));
        return;
      } catch (error) {
        if (!(error instanceof EtcdLeaseInvalidError)) throw error;
        this.voids.forget();
      }
    }
  }

  private async tryNow(): Promise<void> {
    if (this.trying) return;
    this.trying = true;
    clearTimeout(this.timer);
    await this.takeBack().catch(() => undefined); // The nodes have told of it.
    this.trying = false;
    if (this.left.size > 0 && !this.stopped) this.timer = setTimeout(() => void this.tryNow(), RETRY_MS).unref();
  }
}
