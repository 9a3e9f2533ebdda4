import { WaiterRegistry } from '#kernel';
import {
  highest,
  LockDriver,
  processName,
  type AcquireResult,
  type Acquisition,
  type Grant,
  type Renewal,
} from '../driver.js';

interface Entry {
  readonly key: string;
  readonly grant: Grant;
  readonly since: Date;
  /** On the monotonic clock. */
  expiresAt: number;
}

/** Who has what in this process, and who waits. */
export class LockTable {
  readonly waiters = new WaiterRegistry();
  readonly entries = new Map<string, Entry>();
  lastToken = 0n;

  get held(): Entry[] {
    return [...this.entries.values()].filter((entry) => entry.expiresAt > performance.now());
  }

  /** The entries of those keys that are held. */
  of(keys: readonly string[]): Entry[] {
    return this.held.filter((entry) => keys.includes(entry.key));
  }

  free(key: string): void {
    this.entries.delete(key);
    this.waiters.wake(key);
  }
}

/** Locks within one process: for development and unit tests. Other processes know nothing of them. */
export class MemoryDriver extends LockDriver {
  override readonly name = 'memory';

  /** @param table drivers with the same table exclude each other */
  constructor(private readonly table = new LockTable()) {
    super();
  }

  override acquire(keys: readonly string[], ttlMs: number, changed?: () => void, tokenAbove = 0n): Acquisition {
    const { waiters } = this.table;
    return {
      attempt: async (): Promise<AcquireResult> => {
        const conflicts = this.table.of(keys);
        if (conflicts.length > 0) {
          waiters.add(keys, changed);
          const latest = Math.max(...conflicts.map((entry) => entry.expiresAt));
          return { outcome: 'refused', freeInMs: Math.max(0, latest - performance.now()) };
        }
        waiters.remove(keys, changed);
        const grant = { keys, ttlMs, owner: this.newOwner(), token: this.nextToken(tokenAbove) };
        const expiresAt = performance.now() + ttlMs;
        for (const key of keys) this.table.entries.set(key, { key, grant, since: new Date(), expiresAt });
        return { outcome: 'granted', grant };
      },
      withdraw: async () => waiters.remove(keys, changed),
    };
  }

  override async renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    return grants.map((grant) => {
      const held = this.entriesOf(grant);
      for (const entry of held) entry.expiresAt = performance.now() + grant.ttlMs;
      return held.length === grant.keys.length ? 'renewed' : 'lost';
    });
  }

  override async release(grant: Grant): Promise<'released' | 'lost'> {
    const held = this.entriesOf(grant);
    for (const { key } of held) this.table.free(key);
    return held.length === grant.keys.length ? 'released' : 'lost';
  }

  override async heldLocks(limit: number) {
    return this.table.held.slice(0, limit).map(({ key, grant: { token }, since, expiresAt }) => {
      return { key, token, since, owner: processName, ttlMs: Math.ceil(expiresAt - performance.now()) };
    });
  }

  override async forceRelease(key: string): Promise<boolean> {
    const [held] = this.table.of([key]);
    this.table.free(key);
    return held !== undefined;
  }

  override async close(): Promise<void> {
    // Nothing is connected.
  }

  private entriesOf(grant: Grant): Entry[] {
    return this.table.of(grant.keys).filter((entry) => entry.grant === grant);
  }

  /** Greater than the last one and not below the clock in µs, so that it grows after a restart, too. */
  private nextToken(above: bigint): bigint {
    const now = BigInt(Date.now()) * 1_000n;
    this.table.lastToken = highest([above + 1n, this.table.lastToken + 1n, now]);
    return this.table.lastToken;
  }
}
