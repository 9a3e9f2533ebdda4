import { DomainError } from '#kernel';

/** Other holders kept the keys for the caller's whole wait budget. */
export class LockTimeout extends DomainError {
  static override readonly problem = {
    code: 'lock_timeout',
    kind: 'unavailable',
    title: 'Too many requests for the same thing',
    retryAfterSeconds: 1,
  } as const;
  constructor(readonly keys: readonly string[]) {
    super('Other requests are changing the same resource. Try again in a moment.');
  }
}

/**
 * `expired`: no renewal was confirmed before the local deadline. `taken`: the lock service says that this lease does not hold the key.
 * `ending`: less time is left than the caller asked for. `released`: by the holder itself.
 */
export type LossReason = 'expired' | 'taken' | 'ending' | 'released';

/** The lock is no longer held. Work done under it may overlap with the next holder's work. */
export class LockLost extends DomainError {
  static override readonly problem = {
    code: 'lock_lost',
    kind: 'unavailable',
    title: 'Lock lost while working',
    retryAfterSeconds: 1,
  } as const;
  constructor(
    readonly keys: readonly string[],
    readonly reason: LossReason,
  ) {
    super('The lock was lost before the work was done. Try again.', { reason });
  }
}

/** The lock service cannot be asked, or not fast enough. */
export class LockBackendUnavailable extends DomainError {
  static override readonly problem = {
    code: 'lock_backend_unavailable',
    kind: 'unavailable',
    title: 'Lock service does not answer',
    retryAfterSeconds: 1,
  } as const;
  constructor(options?: ErrorOptions) {
    super('Locks cannot be taken at the moment. Try again in a few seconds.', {}, options);
  }
}

/** A programming error: with locks taken in this order, two callers could wait for each other. */
export class LockOrderViolation extends DomainError {
  static override readonly problem = {
    code: 'lock_order_violation',
    kind: 'internal',
    title: 'Locks taken in the wrong order',
  } as const;
  constructor(wanted: readonly string[], held: readonly string[]) {
    super(
      `${wanted.join(', ')} must not be locked inside ${held.join(', ')}. Take keys of one domain in one call, and an earlier domain first.`,
    );
  }
}

/** A programming error: the caller holds the key already and would wait for itself. */
export class LockReentry extends DomainError {
  static override readonly problem = { code: 'lock_reentry', kind: 'internal', title: 'Lock already held' } as const;
  constructor(key: string) {
    super(`${key} is already held by the caller. Pass the lease on instead of locking again.`);
  }
}

/** A programming error: keys or options that are not valid for a lock. */
export class InvalidLockRequest extends DomainError {
  static override readonly problem = {
    code: 'invalid_lock_request',
    kind: 'internal',
    title: 'Lock request not valid',
  } as const;
}

/** More keys than the lock service takes at once. */
export class TooManyKeys extends InvalidLockRequest {
  constructor(count: number, max: number) {
    super(
      `This lock service takes ${max} keys at a time, not ${count}. Lock fewer keys, or use the policy 'database'.`,
    );
  }
}

/**
 * For a write that checks the fencing token: the data has a greater one. Either a later holder wrote first, or the lock service lost its
 * counter. In both cases, repeat the work with `tokenAbove: error.fence`.
 */
export class StaleFence extends DomainError {
  static override readonly problem = {
    code: 'stale_fence',
    kind: 'unavailable',
    title: 'Lock lost while working',
    retryAfterSeconds: 1,
  } as const;
  /** @param fence the token in the data, if the writer read it */
  constructor(
    readonly keys: readonly string[],
    readonly fence?: bigint,
  ) {
    super('Another request has changed it under a newer lock. Read it again and repeat the change.');
  }
}
