import { DomainError } from '#kernel';

/** Others held the keys for as long as the caller was willing to wait. */
export class LockTimeout extends DomainError {
  readonly code = 'lock_timeout';
  constructor(readonly keys: readonly string[]) {
    super('Others are changing the same thing. Try again in a moment.');
  }
}

/**
 * `expired`: no renewal was confirmed before the local deadline. `taken`: the service says that somebody else holds the key, or nobody.
 * `ending`: less is left than the caller asked for. `released`: by the holder itself.
 */
export type LossReason = 'expired' | 'taken' | 'ending' | 'released';

/** The lock is not held any more; what was done under it may overlap with the next holder's work. */
export class LockLost extends DomainError {
  readonly code = 'lock_lost';
  constructor(
    readonly keys: readonly string[],
    readonly reason: LossReason,
  ) {
    super('The lock was lost before the work was done. Try again.', { reason });
  }
}

/** The lock service cannot be asked, or not fast enough. */
export class LockBackendUnavailable extends DomainError {
  readonly code = 'lock_backend_unavailable';
  constructor(options?: ErrorOptions) {
    super('Locks cannot be taken at the moment. Try again in a few seconds.', {}, options);
  }
}

/** A mistake in the program: taken in this order, two callers could wait for each other. */
export class LockOrderViolation extends DomainError {
  readonly code = 'lock_order_violation';
  constructor(wanted: readonly string[], held: readonly string[]) {
    super(
      `${wanted.join(', ')} must not be locked inside ${held.join(', ')}. Take keys of one domain in one call, and an earlier domain first.`,
    );
  }
}

/** A mistake in the program: the caller holds the key already and would wait for itself. */
export class LockReentry extends DomainError {
  readonly code = 'lock_reentry';
  constructor(key: string) {
    super(`${key} is held by the caller already. Pass the lease on instead of locking again.`);
  }
}

/** A mistake in the program: keys or options that no lock can be taken with. */
export class InvalidLockRequest extends DomainError {
  readonly code = 'invalid_lock_request';
}

/**
 * For a write that checks the fencing token: the data knows a greater one. Either a later holder was here first, or the lock service lost
 * its counter. Repeating the work with `tokenAbove: error.fence` is right in both cases.
 */
export class StaleFence extends DomainError {
  readonly code = 'stale_fence';
  /** @param fence the token that the data knows, where the writer looked it up */
  constructor(
    readonly keys: readonly string[],
    readonly fence?: bigint,
  ) {
    super('Somebody else has changed it under a newer lock. Read it again and repeat the change.');
  }
}
