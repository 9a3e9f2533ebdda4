import type { LockOrder } from './lock-order.js';
import { Locks, type Lease, type LockKey, type LockOptions, type TryResult } from './locks.js';
import { UnlockedLease } from './unlocked-lease.js';

/** `LOCK_DRIVER=none`: everything is granted at once and nothing excluded, to prove that the data does not depend on the lock. */
export class SwitchedOffLocks extends Locks {
  constructor(private readonly order: LockOrder) {
    super();
  }

  override async using<T>(
    keys: LockKey | readonly LockKey[],
    options: LockOptions,
    work: (lease: Lease) => Promise<T>,
  ): Promise<T> {
    const admitted = this.order.admit(keys, options);
    return this.order.within(new UnlockedLease(admitted), work);
  }

  override async tryUsing<T>(
    keys: LockKey | readonly LockKey[],
    options: Omit<LockOptions, 'waitMs'>,
    work: (lease: Lease) => Promise<T>,
  ): Promise<TryResult<T>> {
    const admitted = this.order.admit(keys, options);
    return { acquired: true, value: await this.order.within(new UnlockedLease(admitted), work) };
  }

  override async acquire(keys: LockKey | readonly LockKey[], options: LockOptions): Promise<Lease> {
    return new UnlockedLease(this.order.admit(keys, options));
  }
}
