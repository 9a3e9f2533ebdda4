import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { sleep, within } from '#kernel';
import { LockBackendUnavailable } from '../lock.errors.js';

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

/** What a driver that keeps keys on sessions is asked for. */
export interface AcquireRequest {
  readonly keys: readonly string[];
  readonly ttlMs: number;
  /** The value of the keys on the server: id of the acquisition, a space, name of the process. */
  readonly owner: string;
  readonly changed: (() => void) | undefined;
}

/** Where a lock service is. */
export interface DriverOptions {
  /** One server, or several that decide by their majority. */
  readonly urls: readonly string[];
  /** Every name on the server begins with it. */
  readonly keyPrefix: string;
  /** Milliseconds for one round trip. */
  readonly commandTimeoutMs: number;
}

/** What the service knows of one held key. Properties that it cannot tell are missing. */
export interface HeldLock {
  readonly key: string;
  readonly token?: bigint;
  /** When the key was granted, by the service's clock. */
  readonly since?: Date;
  /** The process that acquired it, as `processName` names it. */
  readonly owner?: string;
  /** Milliseconds after which the key is free unless it is renewed. */
  readonly ttlMs?: number;
}

/** Name of this process in lists of held locks: host and process id, printable ASCII without spaces. */
export const processName = `${hostname()
  .replaceAll(/[^!-~]/g, '_')
  .slice(0, 100)}/${process.pid}`;

export const highest = (tokens: readonly bigint[]): bigint =>
  tokens.reduce((top, token) => (token > top ? token : top), 0n);

const CHECK_TTL_MS = 2_000;
const OPEN_RETRY_MS = 50;

/**
 * A lock service. A driver makes round trips only; order, waiting, deadlines, renewal, loss and the circuit breaker are the same for all
 * drivers and live outside. `describeLocks` in locks.suite.ts is the suite that each driver must pass.
 */
export abstract class LockDriver {
  /** Also the name of its health check. */
  abstract readonly name: string;
  /** Keys that one lease may have. */
  readonly keysMax: number = Number.POSITIVE_INFINITY;
  /** Tells this driver from those of other processes. */
  protected readonly id = randomBytes(8).toString('hex');
  private owners = 0;

  /**
   * @param changed called whenever another attempt may succeed; if absent, the caller will not wait, and must leave nothing behind
   * @param tokenAbove every later grant of the keys has a greater token, where the driver can raise tokens
   */
  abstract acquire(keys: readonly string[], ttlMs: number, changed?: () => void, tokenAbove?: bigint): Acquisition;
  /** Sets the remaining time of each grant to its ttl. Never revives a key. Never rejects; results are in the order of the grants. */
  abstract renew(grants: readonly Grant[]): Promise<readonly Renewal[]>;
  /**
   * Called once for every grant, also when it was lost.
   *
   * @throws {LockBackendUnavailable} in bounded time; then the keys are freed later, or by their ttl.
   */
  abstract release(grant: Grant): Promise<'released' | 'lost'>;
  /**
   * The keys that are held at this moment by any process: up to `limit`, in any order.
   *
   * @throws {LockBackendUnavailable} in bounded time
   */
  abstract heldLocks(limit: number): Promise<readonly HeldLock[]>;
  /**
   * Takes the key from its holder and wakes its waiters. The holder notices by its next renewal. Every later token of the key is greater
   * than all before. A lease of several keys loses this key, and with it the others. Resolves with whether the key was held.
   *
   * @throws {LockBackendUnavailable} in bounded time; the key may or may not have been freed
   */
  abstract forceRelease(key: string): Promise<boolean>;
  abstract close(): Promise<void>;

  /** Takes and frees a lock of its own. Rejects when the service does not answer, or not as a lock service should. */
  async check(): Promise<void> {
    const attempt = await this.acquire([`check:${this.id}`], CHECK_TTL_MS).attempt();
    // Refused: another check is under way, so the service answers.
    if (attempt.outcome === 'granted') await this.release(attempt.grant);
  }

  /** Resolves when locks can be taken, or after `limitMs`: a process must start without the service, too. */
  async open(limitMs: number): Promise<void> {
    const limit = new AbortController();
    await within(limitMs, this.untilItAnswers(limit.signal));
    limit.abort();
  }

  protected newOwner(): string {
    this.owners += 1;
    return `${this.id}-${this.owners}`;
  }

  private async untilItAnswers(limit: AbortSignal): Promise<void> {
    while (!limit.aborted) {
      try {
        await this.check();
        return;
      } catch (error) {
        if (!(error instanceof LockBackendUnavailable)) throw error;
        await sleep(OPEN_RETRY_MS);
      }
    }
  }
}
