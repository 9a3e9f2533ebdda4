import type { IRequestOp } from 'etcd3';
import type { EtcdNodes } from './etcd-nodes.js';
import { put } from './lock-transactions.js';
import type { Names } from './names.js';

/** Lifetime of a tombstone in command timeouts, or half as many: much longer than a server works at a call whose caller is gone. */
const LIFETIME_FACTOR = 100;

/**
 * A tombstone stops late requests of an ended acquisition. Tombstones hang on leases that are never prolonged, so the server removes them
 * by itself.
 */
export class Tombstones {
  private lease: { readonly id: string; readonly endsAt: number } | undefined;

  constructor(
    private readonly nodes: EtcdNodes,
    private readonly names: Names,
  ) {}

  /** @throws {LockBackendUnavailable} */
  async put(owner: string): Promise<IRequestOp> {
    if (this.lease === undefined || this.lease.endsAt < performance.now()) this.lease = await this.grantLease();
    return put(this.names.tombstoneOf(owner), owner, this.lease.id);
  }

  /** The server does not know the lease any more. */
  forgetLease(): void {
    this.lease = undefined;
  }

  private async grantLease() {
    const ms = this.nodes.commandTimeoutMs * LIFETIME_FACTOR;
    const endsAt = performance.now() + ms / 2;
    const seconds = Math.ceil(ms / 1_000);
    const { ID } = await this.nodes.call((client, limit) => client.leaseClient.leaseGrant({ TTL: seconds }, limit));
    return { id: ID, endsAt };
  }
}
