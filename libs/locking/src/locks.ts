/** `domain:id`, for example `cart:…`. The domains and their order are the application's; see `LockingModule.forRoot`. */
export type LockKey = string;

export interface LockOptions {
  /** Milliseconds after which the lock service frees the keys by itself unless the lease is renewed. Renewed at a third of it. */
  readonly ttlMs: number;
  /** Milliseconds to wait for other holders. An attempt that runs at that moment is still awaited; each of its commands has a timeout. */
  readonly waitMs: number;
  /** When the lock service does not answer: refuse, or go on without the lock because the SQL inside is guarded anyway. */
  readonly onUnavailable: 'fail-closed' | 'database';
  /** When `waitMs` has passed: throw `LockTimeout` (the default), throw the given error, or go on without the lock. */
  readonly onTimeout?: 'throw' | (() => Error) | 'database';
  /** The fence that refused a guarded write (`StaleFence.fence`). This grant and all later ones of the keys get a greater token. */
  readonly tokenAbove?: bigint;
}

export type TryResult<T> = { readonly acquired: true; readonly value: T } | { readonly acquired: false };

/**
 * Several keys held as one. It is renewed until it is released. It is lost when the lock service says so, or when no renewal was
 * confirmed before the local deadline.
 */
export interface Lease extends AsyncDisposable {
  /** In the order in which they were taken. */
  readonly keys: readonly string[];
  /** Fencing token: greater with every grant of a key. `0n` when the work runs without the lock. */
  readonly token: bigint;
  /** Aborted on loss, with `LockLost` as the reason. Never aborted when the work runs without the lock. */
  readonly signal: AbortSignal;
  /** Milliseconds until the local deadline, read from the monotonic clock; `Infinity` when the work runs without the lock. */
  remainingMs(): number;
  /**
   * Call it right before the step that needs the lock. Unlike the signal, it also notices a loss while the event loop was blocked.
   *
   * @throws {LockLost} when it is lost, released, or has `marginMs` (0 by default) or less left.
   */
  assertValid(marginMs?: number): void;
  /**
   * Frees the keys. A second call returns the result of the first. Never rejects. `released`: the lease was valid until now; a server that
   * cannot be reached frees its keys by their ttl. `lost`: the lease had ended before.
   */
  release(): Promise<'released' | 'lost'>;
}

/**
 * Mutual exclusion between processes. It saves wasted work. Data must not depend on it: no lock service can exclude two holders when a
 * process or a network stops for longer than the ttl. Guard the write too, by a condition, a version or the fencing token.
 *
 * All methods reject with `LockTimeout`, `LockBackendUnavailable` (both unless the options say `database`), `LockOrderViolation`,
 * `LockReentry` or `InvalidLockRequest`, and with `StaleFence` where the service cannot grant a token above `tokenAbove`.
 */
export abstract class Locks {
  /** Runs the work while all keys are held. The caller gets the work's value or error, even when the lock was lost meanwhile. */
  abstract using<T>(
    keys: LockKey | readonly LockKey[],
    options: LockOptions,
    work: (lease: Lease) => Promise<T>,
  ): Promise<T>;

  /** Like `using` without waiting: `acquired: false` when another holder has one of the keys. */
  abstract tryUsing<T>(
    keys: LockKey | readonly LockKey[],
    options: Omit<LockOptions, 'waitMs'>,
    work: (lease: Lease) => Promise<T>,
  ): Promise<TryResult<T>>;

  /**
   * For a caller that cannot pass a function: `await using lease = await locks.acquire(…)`. Its order is checked against the locks around
   * it, but locks that are taken later are not checked against it. Prefer `using`.
   */
  abstract acquire(keys: LockKey | readonly LockKey[], options: LockOptions): Promise<Lease>;
}
