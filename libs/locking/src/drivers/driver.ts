/** The service's word that these keys are ours until `ttlMs` after it decided so. */
export interface Grant {
  readonly keys: readonly string[];
  readonly ttlMs: number;
  /** Greater than every token granted for any of the keys before. */
  readonly token: bigint;
  /** What proves to the service that the keys are ours: unique to this grant. */
  readonly owner: string;
}

export type Attempt =
  | { readonly outcome: 'granted'; readonly grant: Grant }
  /** Somebody else has a key. Milliseconds after which it may be free although nobody said so; `Infinity` when unknown. */
  | { readonly outcome: 'refused'; readonly freeInMs: number };

/** `unknown`: the service did not answer; the keys may still be ours. */
export type Renewal = 'renewed' | 'lost' | 'unknown';

/** One caller's wish for some keys, from the first attempt until it is granted or withdrawn. */
export interface Claim {
  /**
   * Asks once, without waiting for others: all keys or none. One attempt at a time.
   *
   * @throws {LockBackendUnavailable} in bounded time; what the service may have granted nevertheless is taken back, or ends with the ttl.
   */
  attempt(): Promise<Attempt>;
  /** Gives the wish up after a refusal, with whatever place in a queue it had. Never rejects. */
  withdraw(): Promise<void>;
}

/** What the service knows of one key that is held. What it cannot tell is missing. */
export interface Holding {
  readonly key: string;
  readonly token?: bigint;
  /** When the key was granted, by the service's clock. */
  readonly since?: Date;
  /** The process that asked, as `processName` in this-process.ts. */
  readonly owner?: string;
  /** Milliseconds after which the key is free unless it is renewed. */
  readonly ttlMs?: number;
}

export interface DriverCapabilities {
  /** Excludes holders in other processes, not only in this one. */
  readonly acrossProcesses: boolean;
  /** Tokens keep growing although the service loses its data. */
  readonly tokensSurviveDataLoss: boolean;
  /** Can grant a token above one that the data knows already: see `LockOptions.tokenAbove`. */
  readonly raisesTokens: boolean;
  /** Tells waiters when a key is released; without it they poll. */
  readonly notifies: boolean;
  /** Up to how many milliseconds after its ttl the key of a process that died is freed, where that is more than a moment. */
  readonly freesLateMs?: number;
}

/**
 * A lock service. Everything that is the same for all of them (order, waiting, deadlines, renewal, loss, breaker) is not here; a driver
 * only says how one round trip is made. `describeLocks` in locks.suite.ts is what it must pass.
 */
export interface LockDriver {
  /** Also the name of its health check. */
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /** Connects. Resolves when locks can be taken, or after `limitMs`: a process must start without the service, too. */
  open(limitMs: number): Promise<void>;
  /**
   * @param changed called whenever another attempt may succeed; without it the caller will not wait, and must leave no trace
   * @param tokenAbove every grant of the keys from this one on has a greater token, where the driver can raise them
   */
  claim(keys: readonly string[], ttlMs: number, changed?: () => void, tokenAbove?: bigint): Claim;
  /** Sets the remaining time of each grant to its ttl. Never revives a key. Never rejects; answers in the order of the grants. */
  renew(grants: readonly Grant[]): Promise<readonly Renewal[]>;
  /** @throws {LockBackendUnavailable} in bounded time; then the keys are freed by their ttl. */
  release(grant: Grant): Promise<'released' | 'lost'>;
  /**
   * Who holds what at this moment, whichever process: up to `limit` keys, in any order.
   *
   * @throws {LockBackendUnavailable} in bounded time
   */
  holders(limit: number): Promise<readonly Holding[]>;
  /**
   * Takes the key from whoever holds it, and wakes who waits. The holder finds out like from a stolen key. Every later token of the key is
   * greater than all before. A lease of several keys loses this one and, with it, the rest by its next renewal. Answers whether it was held.
   *
   * @throws {LockBackendUnavailable} in bounded time; the key may or may not have been freed
   */
  forceRelease(key: string): Promise<boolean>;
  /** Takes and frees a lock of its own. Rejects when the service does not answer, or not as a lock service should. */
  check(): Promise<void>;
  close(): Promise<void>;
}
