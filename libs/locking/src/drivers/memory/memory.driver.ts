import { randomBytes } from 'node:crypto';
import type {
  AcquireResult,
  Acquisition,
  DriverCapabilities,
  Grant,
  HeldLock,
  LockDriver,
  Renewal,
} from '../driver.js';
import { processName } from '../this-process.js';
import { LockTable } from './lock-table.js';

/** Locks within one process: for development and unit tests. Other processes know nothing of them. */
export class MemoryDriver implements LockDriver {
  readonly name = 'memory';
  readonly capabilities: DriverCapabilities = {
    acrossProcesses: false,
    tokensSurviveDataLoss: true,
    raisesTokens: true,
    notifies: true,
  };

  /** @param table drivers with the same table exclude each other */
  constructor(private readonly table = new LockTable()) {}

  async open(): Promise<void> {
    // Nothing to connect to.
  }

  acquire(keys: readonly string[], ttlMs: number, changed?: () => void, tokenAbove = 0n): Acquisition {
    const stopWaiting = () => {
      if (changed !== undefined) for (const key of keys) this.table.stopWaiting(key, changed);
    };
    return {
      attempt: async (): Promise<AcquireResult> => {
        const conflicts = keys.flatMap((key) => this.table.get(key) ?? []);
        if (conflicts.length > 0) {
          if (changed !== undefined) for (const key of keys) this.table.wait(key, changed);
          const latest = Math.max(...conflicts.map((entry) => entry.expiresAt));
          return { outcome: 'refused', freeInMs: Math.max(0, latest - performance.now()) };
        }
        stopWaiting();
        const owner = randomBytes(12).toString('hex');
        this.table.raise(tokenAbove);
        return { outcome: 'granted', grant: { keys, ttlMs, owner, token: this.table.grant(keys, owner, ttlMs) } };
      },
      withdraw: async () => stopWaiting(),
    };
  }

  async renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    return grants.map((grant) => {
      const held = this.heldOf(grant);
      for (const entry of held) entry.expiresAt = performance.now() + grant.ttlMs;
      return held.length === grant.keys.length ? 'renewed' : 'lost';
    });
  }

  async release(grant: Grant): Promise<'released' | 'lost'> {
    const whole = this.heldOf(grant).length === grant.keys.length;
    for (const key of grant.keys) if (this.table.get(key)?.owner === grant.owner) this.table.free(key);
    return whole ? 'released' : 'lost';
  }

  async heldLocks(limit: number): Promise<readonly HeldLock[]> {
    return this.table
      .held()
      .slice(0, limit)
      .map(([key, { token, since, expiresAt }]) => {
        return { key, token, since, owner: processName, ttlMs: Math.ceil(expiresAt - performance.now()) };
      });
  }

  async forceRelease(key: string): Promise<boolean> {
    const held = this.table.get(key) !== undefined;
    this.table.free(key);
    return held;
  }

  async check(): Promise<void> {
    // There is no service that could fail.
  }

  async close(): Promise<void> {
    // Nothing is connected.
  }

  private heldOf(grant: Grant) {
    return grant.keys.flatMap((key) => {
      const entry = this.table.get(key);
      return entry?.owner === grant.owner ? [entry] : [];
    });
  }
}
