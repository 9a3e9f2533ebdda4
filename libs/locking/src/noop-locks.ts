import type { LockOrder } from './lock-order.js';
import { Locks, type Lease, type LockKey, type LockOptions, type TryResult } from './locks.js';
import { NoopLease } from './noop-lease.js';

/** `LOCK_DRIVER=none`: grants everything at once and excludes nobody. It proves that the data does not depend on the lock. */
export class NoopLocks extends Locks {
  constructor(private readonly order: LockOrder) {
    super();
  }

  override async using<T>(
    keys: LockKey | readonly LockKey[],
    options: LockOptions,
    work: (lease: Lease) => Promise<T>,
  ): Promise<T> {
    const admitted = this.order.admit(keys, options);
    return this.order.within(new NoopLease(admitted), work);
  }

  override async tryUsing<T>(
    keys: LockKey | readonly LockKey[],
    options: Omit<LockOptions, 'waitMs'>,
    work: (lease: Lease) => Promise<T>,
  ): Promise<TryResult<T>> {
    const admitted = this.order.admit(keys, options);
    return { acquired: true, value: await this.order.within(new NoopLease(admitted), work) };
  }

  override async acquire(keys: LockKey | readonly LockKey[], options: LockOptions): Promise<Lease> {
    return new NoopLease(this.order.admit(keys, options));
  }
}
