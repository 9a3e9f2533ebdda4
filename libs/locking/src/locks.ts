/** `domain:id`, for example `cart:…`. The domains and their order are the application's; see `LockingModule.forRoot`. */
export type LockKey = string;

export interface LockOptions {
  /** Milliseconds after which the lock service frees the keys by itself, whatever became of the holder. Renewed at a third of it. */
  readonly ttlMs: number;
  /** Milliseconds to wait for others. An attempt under way then is still awaited; each of its commands has a timeout. */
  readonly waitMs: number;
  /** What to do when the lock service cannot be asked: refuse, or go on without the lock because the SQL inside is guarded anyway. */
  readonly onUnavailable: 'fail-closed' | 'database';
  /** What to do when `waitMs` passed in vain: throw `LockTimeout`, which is the default, or an error of one's own; or go on without. */
  readonly onTimeout?: 'throw' | (() => Error) | 'database';
  /** The fence that a guarded write met (`StaleFence.fence`): this grant and all later ones of the keys get a token above it. */
  readonly tokenAbove?: bigint;
}

export type TryResult<T> = { readonly acquired: true; readonly value: T } | { readonly acquired: false };

/**
 * Several keys held as one. It is renewed until it is released; it is lost when the service says so, or when no renewal was confirmed
 * before the local deadline, whichever comes first.
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
   * Call it right before what must not happen without the lock. Unlike the signal it notices a loss also when the event loop was blocked.
   *
   * @throws {LockLost} when it is lost, released, or has `marginMs` (0 by default) or less left.
   */
  assertValid(marginMs?: number): void;
  /**
   * Frees the keys; the second call gives the first one's answer. Never rejects. `released`: the lease was valid to its end; keys that
   * an unreachable server could not be told about are freed by their ttl. `lost`: it had ended before.
   */
  release(): Promise<'released' | 'lost'>;
}

/**
 * Mutual exclusion between processes. It saves work that would be in vain; it is not what data may depend on, because no lock service
 * can exclude two holders when a process or a network stops for longer than the ttl. Guard the write too: by a condition, a version or
 * the fencing token.
 *
 * All methods reject with `LockTimeout`, `LockBackendUnavailable` (both unless the options say `database`), `LockOrderViolation`,
 * `LockReentry` or `InvalidLockRequest`, and with `StaleFence` where the service cannot grant a token above `tokenAbove`.
 */
export abstract class Locks {
  /** Runs the work while the keys are held, all or none. Its value or error is the caller's, also when the lock was lost meanwhile. */
  abstract using<T>(
    keys: LockKey | readonly LockKey[],
    options: LockOptions,
    work: (lease: Lease) => Promise<T>,
  ): Promise<T>;

  /** Like `using`, without waiting: `acquired: false` when anybody else holds one of the keys. */
  abstract tryUsing<T>(
    keys: LockKey | readonly LockKey[],
    options: Omit<LockOptions, 'waitMs'>,
    work: (lease: Lease) => Promise<T>,
  ): Promise<TryResult<T>>;

  /**
   * For a caller that cannot hand over a function: `await using lease = await locks.acquire(…)`. Its order is checked against the locks
   * around it, but locks taken later do not know of it: prefer `using`.
   */
  abstract acquire(keys: LockKey | readonly LockKey[], options: LockOptions): Promise<Lease>;
}
