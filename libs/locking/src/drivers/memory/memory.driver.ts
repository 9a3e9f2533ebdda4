import { LockDriver, processName, type AcquireResult, type Acquisition, type Grant, type Renewal } from '../driver.js';
import { WaiterRegistry } from '../waiter-registry.js';

interface Entry {
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

  get(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.expiresAt > performance.now() ? entry : undefined;
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
        const conflicts = keys.flatMap((key) => this.table.get(key) ?? []);
        if (conflicts.length > 0) {
          waiters.add(keys, changed);
          const latest = Math.max(...conflicts.map((entry) => entry.expiresAt));
          return { outcome: 'refused', freeInMs: Math.max(0, latest - performance.now()) };
        }
        waiters.remove(keys, changed);
        const grant = { keys, ttlMs, owner: this.newOwner(), token: this.nextToken(tokenAbove) };
        const entry = { grant, since: new Date(), expiresAt: performance.now() + ttlMs };
        for (const key of keys) this.table.entries.set(key, entry);
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
    const held = grant.keys.filter((key) => this.table.get(key)?.grant === grant);
    for (const key of held) this.table.free(key);
    return held.length === grant.keys.length ? 'released' : 'lost';
  }

  override async heldLocks(limit: number) {
    const held = [...this.table.entries.keys()].flatMap((key) => {
      const entry = this.table.get(key);
      if (entry === undefined) return [];
      const ttlMs = Math.ceil(entry.expiresAt - performance.now());
      return [{ key, token: entry.grant.token, since: entry.since, owner: processName, ttlMs }];
    });
    return held.slice(0, limit);
  }

  override async forceRelease(key: string): Promise<boolean> {
    const held = this.table.get(key) !== undefined;
    this.table.free(key);
    return held;
  }

  override async close(): Promise<void> {
    // Nothing is connected.
  }

  private entriesOf(grant: Grant): Entry[] {
    return grant.keys.flatMap((key) => {
      const entry = this.table.get(key);
      return entry?.grant === grant ? [entry] : [];
    });
  }

  /** Greater than the last one and not below the clock in µs, so that it grows after a restart, too. */
  private nextToken(above: bigint): bigint {
    const { lastToken } = this.table;
    const now = BigInt(Date.now()) * 1_000n;
    const floor = (above > lastToken ? above : lastToken) + 1n;
    this.table.lastToken = now > floor ? now : floor;
    return this.table.lastToken;
  }
}
