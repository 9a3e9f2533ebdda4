export { Locks, type Lease, type LockOptions } from './locks.js';
export { Locked } from './locked.decorator.js';
export { currentLease } from './lock-order.js';
export {
  InvalidLockRequest,
  LockBackendUnavailable,
  LockLost,
  LockOrderViolation,
  LockReentry,
  LockTimeout,
  StaleFence,
} from './lock.errors.js';
export { LockAdmin, type ForcedRelease } from './lock-admin.js';
export type { HeldLock } from './drivers/driver.js';
export { LockingModule } from './locking.module.js';
