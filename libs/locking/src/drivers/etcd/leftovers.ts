import { EtcdLeaseInvalidError } from 'etcd3';
import type { EtcdNodes } from './etcd-nodes.js';
import { takeBack } from './lock-transactions.js';

const RETRY_MS = 250;

/** What a claim may have left on the server, because the answer to its last request did not come. */
export interface Leftover {
  readonly owner: string;
  readonly names: readonly string[];
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
    private readonly leaseId: string,
    private readonly voidNameOf: (owner: string) => string,
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

  private async takeOneBack({ owner, names }: Leftover): Promise<void> {
    const request = takeBack({ owner, names, leaseId: this.leaseId, voidName: this.voidNameOf(owner) });
    try {
      await this.nodes.call((client, limit) => client.kv.txn(request, limit));
    } catch (error) {
      if (!(error instanceof EtcdLeaseInvalidError)) throw error; // With the lease all that hung on it is gone.
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
