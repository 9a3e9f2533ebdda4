import type { OnApplicationShutdown } from '@nestjs/common';
import type { Leases } from './leases.js';
import type { LockOrder } from './lock-order.js';
import type { AcquireOutcome, LockTelemetry } from './lock-telemetry.js';
import { InvalidLockRequest, LockBackendUnavailable, LockTimeout, StaleFence } from './lock.errors.js';
import { Locks, type Lease, type LockKey, type LockOptions, type TryResult } from './locks.js';
import { NoopLease } from './noop-lease.js';

/** Locks of a lock service, with the policies for a service that does not answer and for a wait that timed out. */
export class DefaultLocks extends Locks implements OnApplicationShutdown {
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
    return this.run(await this.acquireLease(admitted, options), work);
  }

  override async tryUsing<T>(
    keys: LockKey | readonly LockKey[],
    options: Omit<LockOptions, 'waitMs'>,
    work: (lease: Lease) => Promise<T>,
  ): Promise<TryResult<T>> {
    const admitted = this.order.admit(keys, options);
    const lease = await this.tryAcquireLease(admitted, options);
    return lease === undefined ? { acquired: false } : { acquired: true, value: await this.run(lease, work) };
  }

  override async acquire(keys: LockKey | readonly LockKey[], options: LockOptions): Promise<Lease> {
    return this.acquireLease(this.order.admit(keys, options), options);
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

  private async tryAcquireLease(
    keys: readonly string[],
    options: Omit<LockOptions, 'waitMs'>,
  ): Promise<Lease | undefined> {
    try {
      return await this.acquireLease(keys, { ...options, waitMs: 0, onTimeout: 'throw' });
    } catch (error) {
      if (error instanceof LockTimeout) return undefined;
      throw error;
    }
  }

  private async acquireLease(keys: readonly string[], options: LockOptions): Promise<Lease> {
    if (keys.length > this.leases.keysMax) return this.withoutLock(keys, options);
    const startedAt = performance.now();
    const record = (outcome: AcquireOutcome) => this.telemetry.acquired(keys, outcome, performance.now() - startedAt);
    try {
      const lease = await this.leases.acquire(keys, options);
      record('granted');
      return lease;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      record(reason);
      const policy = reason === 'timeout' ? options.onTimeout : options.onUnavailable;
      if (typeof policy === 'function') throw policy();
      if (policy !== 'database') throw error;
      this.telemetry.fellBack(keys, reason);
      return new NoopLease(keys);
    }
  }

  /** For more keys than the driver takes at once. */
  private withoutLock(keys: readonly string[], { onUnavailable }: LockOptions): Lease {
    if (onUnavailable !== 'database') {
      throw new InvalidLockRequest(
        `This lock service takes ${this.leases.keysMax} keys at a time, not ${keys.length}. Lock fewer keys, or use the policy 'database'.`,
      );
    }
    this.telemetry.fellBack(keys, 'too_many_keys');
    return new NoopLease(keys);
  }
}

function reasonOf(error: unknown): 'timeout' | 'unavailable' | undefined {
  if (error instanceof LockTimeout) return 'timeout';
  return error instanceof LockBackendUnavailable ? 'unavailable' : undefined;
}
