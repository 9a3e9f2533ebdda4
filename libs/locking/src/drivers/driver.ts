/** The lock service gave these keys to this process until `ttlMs` after its decision. */
export interface Grant {
  readonly keys: readonly string[];
  readonly ttlMs: number;
  /** Greater than every token granted for any of the keys before. */
  readonly token: bigint;
  /** Proves to the service that the keys belong to this grant. Unique. */
  readonly owner: string;
}

export type AcquireResult =
  | { readonly outcome: 'granted'; readonly grant: Grant }
  /** Another holder has a key. Milliseconds after which it may be free without a notification; `Infinity` when unknown. */
  | { readonly outcome: 'refused'; readonly freeInMs: number };

/** `unknown`: the service did not answer; the grant may still be valid. */
export type Renewal = 'renewed' | 'lost' | 'unknown';

/** One caller's acquisition of some keys, from the first attempt until it is granted or withdrawn. */
export interface Acquisition {
  /**
   * One attempt, without waiting: all keys or none. Not to be called while another attempt of this acquisition runs.
   *
   * @throws {LockBackendUnavailable} in bounded time; a grant whose answer was lost is taken back, or ends with its ttl
   */
  attempt(): Promise<AcquireResult>;
  /** Gives up after a refusal, and leaves the queue of the keys. Never rejects. */
  withdraw(): Promise<void>;
}

/** What the service knows of one held key. Properties that it cannot tell are missing. */
export interface HeldLock {
  readonly key: string;
  readonly token?: bigint;
  /** When the key was granted, by the service's clock. */
  readonly since?: Date;
  /** The process that acquired it, as `processName` of this-process.ts. */
  readonly owner?: string;
  /** Milliseconds after which the key is free unless it is renewed. */
  readonly ttlMs?: number;
}

export interface DriverCapabilities {
  /** Excludes holders in other processes, not only in this one. */
  readonly acrossProcesses: boolean;
  /** Tokens keep growing although the service loses its data. */
  readonly tokensSurviveDataLoss: boolean;
  /** Can grant a token above a given one: see `LockOptions.tokenAbove`. */
  readonly raisesTokens: boolean;
  /** Tells waiters when a key is released; without it they poll. */
  readonly notifies: boolean;
  /** Up to how many milliseconds after its ttl the key of a dead process is freed, where that is more than a moment. */
  readonly freesLateMs?: number;
  /** Keys that one lease may have, where that is less than `Locks` allows. */
  readonly keysMax?: number;
}

/**
 * A lock service. A driver makes round trips only; order, waiting, deadlines, renewal, loss and the circuit breaker are the same for all
 * drivers and live outside. `describeLocks` in locks.suite.ts is the suite that each driver must pass.
 */
export interface LockDriver {
  /** Also the name of its health check. */
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /** Connects. Resolves when locks can be taken, or after `limitMs`: a process must start without the service, too. */
  open(limitMs: number): Promise<void>;
  /**
   * @param changed called whenever another attempt may succeed; if absent, the caller will not wait, and must leave nothing behind
   * @param tokenAbove every later grant of the keys has a greater token, where the driver can raise tokens
   */
  acquire(keys: readonly string[], ttlMs: number, changed?: () => void, tokenAbove?: bigint): Acquisition;
  /** Sets the remaining time of each grant to its ttl. Never revives a key. Never rejects; results are in the order of the grants. */
  renew(grants: readonly Grant[]): Promise<readonly Renewal[]>;
  /** @throws {LockBackendUnavailable} in bounded time; then the keys are freed by their ttl. */
  release(grant: Grant): Promise<'released' | 'lost'>;
  /**
   * The keys that are held at this moment by any process: up to `limit`, in any order.
   *
   * @throws {LockBackendUnavailable} in bounded time
   */
  heldLocks(limit: number): Promise<readonly HeldLock[]>;
  /**
   * Takes the key from its holder and wakes its waiters. The holder notices by its next renewal. Every later token of the key is greater
   * than all before. A lease of several keys loses this key, and with it the others. Resolves with whether the key was held.
   *
   * @throws {LockBackendUnavailable} in bounded time; the key may or may not have been freed
   */
  forceRelease(key: string): Promise<boolean>;
  /** Takes and frees a lock of its own. Rejects when the service does not answer, or not as a lock service should. */
  check(): Promise<void>;
  close(): Promise<void>;
}
