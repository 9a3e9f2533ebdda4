import type { OnApplicationShutdown } from '@nestjs/common';
import type { Leases } from './leases.js';
import type { LockOrder } from './lock-order.js';
import type { AcquireOutcome, LockTelemetry } from './lock-telemetry.js';
import { LockBackendUnavailable, LockTimeout, StaleFence } from './lock.errors.js';
import { Locks, type Lease, type LockKey, type LockOptions, type TryResult } from './locks.js';
import { UnlockedLease } from './unlocked-lease.js';

/** Locks of a lock service, with the policies for when it does not answer and for when others do not let go. */
export class DriverLocks extends Locks implements OnApplicationShutdown {
  constructor(
    private readonly leases: Leases,
    private readonly order: LockOrder,
    private readonly telemetry: LockTelemetry,
  ) {
    super();
  }

  override async using<T>(
    keys: LockKey | readonly LockKey[],
    options: LockOptions,
    work: (lease: Lease) => Promise<T>,
  ): Promise<T> {
    const admitted = this.order.admit(keys, options);
    return this.run(await this.obtain(admitted, options), work);
  }

  override async tryUsing<T>(
    keys: LockKey | readonly LockKey[],
    options: Omit<LockOptions, 'waitMs'>,
    work: (lease: Lease) => Promise<T>,
  ): Promise<TryResult<T>> {
    const admitted = this.order.admit(keys, options);
    const lease = await this.tryObtain(admitted, options);
    return lease === undefined ? { acquired: false } : { acquired: true, value: await this.run(lease, work) };
  }

  override async acquire(keys: LockKey | readonly LockKey[], options: LockOptions): Promise<Lease> {
    return this.obtain(this.order.admit(keys, options), options);
  }

  onApplicationShutdown(): Promise<void> {
    return this.leases.close();
  }

  private run<T>(lease: Lease, work: (lease: Lease) => Promise<T>): Promise<T> {
    return this.order.within(lease, async () => {
      try {
        return await work(lease);
      } catch (error) {
        if (error instanceof StaleFence) this.telemetry.fenceRefused(lease.keys);
        throw error;
      } finally {
        await lease.release();
      }
    });
  }

  private async tryObtain(keys: readonly string[], options: Omit<LockOptions, 'waitMs'>): Promise<Lease | undefined> {
    try {
      return await this.obtain(keys, { ...options, waitMs: 0, onTimeout: 'throw' });
    } catch (error) {
      if (error instanceof LockTimeout) return undefined;
      throw error;
    }
  }

  private async obtain(keys: readonly string[], options: LockOptions): Promise<Lease> {
    const askedAt = performance.now();
    const answered = (outcome: AcquireOutcome) => this.telemetry.answered(keys, outcome, performance.now() - askedAt);
    try {
      const lease = await this.leases.obtain(keys, options);
      answered('granted');
      return lease;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      answered(reason);
      const policy = reason === 'timeout' ? options.onTimeout : options.onUnavailable;
      if (typeof policy === 'function') throw policy();
      if (policy !== 'database') throw error;
      this.telemetry.fellBack(keys, reason);
      return new UnlockedLease(keys);
    }
  }
}

function reasonOf(error: unknown): 'timeout' | 'unavailable' | undefined {
  if (error instanceof LockTimeout) return 'timeout';
  return error instanceof LockBackendUnavailable ? 'unavailable' : undefined;
}
