import type { OnApplicationShutdown } from '@nestjs/common';
import type { Leases } from './leases.js';
import type { LockOrder } from './lock-order.js';
import type { AcquireOutcome, LockTelemetry } from './lock-telemetry.js';
import { LockBackendUnavailable, LockTimeout, StaleFence, TooManyKeys } from './lock.errors.js';
import { Locks, type Lease, type LockKey, type LockOptions, type TryResult } from './locks.js';

type Keys = LockKey | readonly LockKey[];
type Work<T> = (lease: Lease) => Promise<T>;

/** Locks of a lock service, with the policies for a service that does not answer and for a wait that timed out. */
export class DefaultLocks extends Locks implements OnApplicationShutdown {
  /** @param leases undefined with `LOCK_DRIVER=none`: all work runs without its lock, to prove that the data does not depend on it */
  constructor(
    private readonly leases: Leases | undefined,
    private readonly order: LockOrder,
    private readonly telemetry: LockTelemetry,
  ) {
    super();
  }

  override async using<T>(keys: Keys, options: LockOptions, work: Work<T>): Promise<T> {
    return this.run(await this.acquire(keys, options), work);
  }

  override async tryUsing<T>(keys: Keys, options: Omit<LockOptions, 'waitMs'>, work: Work<T>): Promise<TryResult<T>> {
    const lease = await this.acquire(keys, { ...options, waitMs: 0, onTimeout: 'throw' }).catch((error: unknown) => {
      if (error instanceof LockTimeout) return undefined;
      throw error;
    });
    return lease === undefined ? { acquired: false } : { acquired: true, value: await this.run(lease, work) };
  }

  override async acquire(wanted: Keys, options: LockOptions): Promise<Lease> {
    const keys = this.order.admit(wanted, options);
    if (this.leases === undefined) return noopLease(keys);
    const startedAt = performance.now();
    try {
      const lease = await this.leases.acquire(keys, options);
      this.telemetry.acquired(keys, 'granted', performance.now() - startedAt);
      return lease;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      if (reason !== 'too_many_keys') this.telemetry.acquired(keys, reason, performance.now() - startedAt);
      const policy = reason === 'timeout' ? options.onTimeout : options.onUnavailable;
      if (typeof policy === 'function') throw policy();
      if (policy !== 'database') throw error;
      this.telemetry.fellBack(keys, reason);
      return noopLease(keys);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.leases?.close();
  }

  /** The work counts as ended before its lease is given back: what it has left running finds no lease that is being released. */
  private async run<T>(lease: Lease, work: Work<T>): Promise<T> {
    try {
      return await this.order.within(lease, work);
    } catch (error) {
      if (error instanceof StaleFence) this.telemetry.fenceRefused(lease.keys);
      throw error;
    } finally {
      await lease.release();
    }
  }
}

function reasonOf(error: unknown): Exclude<AcquireOutcome, 'granted'> | 'too_many_keys' | undefined {
  if (error instanceof LockTimeout) return 'timeout';
  if (error instanceof LockBackendUnavailable) return 'unavailable';
  return error instanceof TooManyKeys ? 'too_many_keys' : undefined;
}

/** The lease of work that runs without the lock. It is never lost; its token 0 is no fence. */
const noopLease = (keys: readonly string[]): Lease => ({
  keys,
  token: 0n,
  signal: new AbortController().signal,
  remainingMs: () => Number.POSITIVE_INFINITY,
  assertValid: () => undefined,
  release: async () => 'released',
  [Symbol.asyncDispose]: async () => undefined,
});
