import type { IRequestOp } from 'etcd3';
import type { EtcdNodes } from './etcd-nodes.js';
import { put } from './lock-transactions.js';
import type { Names } from './names.js';

/** Command timeouts for which a void stays, or half as many: much longer than a server works at a call that nobody waits for. */
const STAYS_FACTOR = 100;

/**
 * Bars what a claim that is over may have asked for and the server has not done yet. Voids hang on leases that are never prolonged, so the
 * server removes them by itself, were the process ever so busy.
 */
export class Voids {
  private lease: { readonly id: string; readonly until: number } | undefined;

  constructor(
    private readonly nodes: EtcdNodes,
    private readonly names: Names,
  ) {}

  /** @throws {LockBackendUnavailable} */
  async bar(owner: string): Promise<IRequestOp> {
    if (this.lease === undefined || this.lease.until < performance.now()) this.lease = await this.grant();
    return put(this.names.voidOf(owner), owner, this.lease.id);
  }

  /** The server does not know the lease any more. */
  forget(): void {
    this.lease = undefined;
  }

  private async grant() {
    const ms = this.nodes.commandTimeoutMs * STAYS_FACTOR;
    const until = performance.now() + ms / 2;
    const seconds = Math.ceil(ms / 1_000);
    const { ID } = await this.nodes.call((client, limit) => client.leaseClient.leaseGrant({ TTL: seconds }, limit));
    return { id: ID, until };
  }
}
