import { AsyncEvent, KeyedMutex } from '#kernel';
import { CircuitBreaker } from './circuit-breaker.js';
import type { AcquireResult, Acquisition, Grant, LockDriver } from './drivers/driver.js';
import { HeldLease } from './held-lease.js';
import type { LockTelemetry } from './lock-telemetry.js';
import { LockBackendUnavailable, LockTimeout, StaleFence, TooManyKeys } from './lock.errors.js';
import type { LockOptions } from './locks.js';
import { Renewals } from './renewals.js';

/** A waiter asks again after about this time without a notification: one may be lost with its connection. */
const SAFETY_POLL_MS = 500;
/** Spreads the attempts of waiters for a key that expires. */
const EXPIRY_JITTER_MS = 10;
/** A grant that arrives with less than this share of its ttl left is given back. */
const USABLE_FACTOR = 1 / 3;

type AcquireOptions = Pick<LockOptions, 'ttlMs' | 'waitMs' | 'tokenAbove'>;
/** One caller: what it asks for, and the signal that ends its wait. */
type Caller = AcquireOptions & { readonly keys: readonly string[]; readonly limit: AbortSignal };

/** The life of a lease: the mutex in this process, the attempts at the lock service, renewal, loss, release. */
export class Leases {
  private readonly mutex = new KeyedMutex();
  /** What ends the wait of each caller that has no lease yet, and for which keys it waits. */
  private readonly waits = new Map<AbortController, readonly string[]>();
  private readonly renewals: Renewals;
  private readonly breaker: CircuitBreaker;

  constructor(
    private readonly driver: LockDriver,
    private readonly telemetry: LockTelemetry,
  ) {
    const opened = (reason: unknown) => {
      telemetry.breakerOpened(reason);
      this.endAllWaits();
    };
    this.breaker = new CircuitBreaker(
      () => driver.check(),
      opened,
      () => telemetry.breakerClosed(),
    );
    this.renewals = new Renewals(driver, (anyAnswer) =>
      anyAnswer ? this.breaker.succeeded() : this.breaker.failed('no renewal was answered'),
    );
  }

  /**
   * @param keys in the order in which everybody takes them
   * @throws {LockTimeout | LockBackendUnavailable | TooManyKeys | StaleFence}
   */
  async acquire(keys: readonly string[], options: AcquireOptions): Promise<HeldLease> {
    if (keys.length > this.driver.keysMax) throw new TooManyKeys(keys.length, this.driver.keysMax);
    this.refuseWhileOpen();
    const limit = new AbortController();
    const endWait = () => limit.abort(new LockTimeout(keys));
    const timer = setTimeout(endWait, options.waitMs);
    if (options.waitMs === 0) endWait();
    this.waits.set(limit, keys);
    try {
      const unlock = await this.mutex.lock(keys, limit.signal);
      try {
        return await this.acquireFromService({ ...options, keys, limit: limit.signal }, unlock);
      } catch (error) {
        unlock();
        throw error;
      }
    } finally {
      clearTimeout(timer);
      this.waits.delete(limit);
    }
  }

  async close(): Promise<void> {
    this.breaker.stop();
    this.renewals.stop();
    this.endAllWaits();
    await this.driver.close();
  }

  private async acquireFromService(caller: Caller, unlock: () => void): Promise<HeldLease> {
    const { keys, limit, tokenAbove = 0n } = caller;
    for (;;) {
      // A new acquisition each time: the release of a grant that came too late may still be under way, and must not free the next grant.
      const { grant, sentAt } = await this.untilGranted(caller);
      const isLate = performance.now() - sentAt > grant.ttlMs * (1 - USABLE_FACTOR);
      if (!isLate && grant.token > tokenAbove) return this.leaseOf(grant, sentAt, unlock);
      void this.giveBack(grant);
      if (grant.token <= tokenAbove) throw new StaleFence(keys, tokenAbove);
      limit.throwIfAborted();
    }
  }

  private async untilGranted({ keys, ttlMs, waitMs, tokenAbove, limit }: Caller) {
    const changed = new AsyncEvent();
    const acquisition = this.driver.acquire(keys, ttlMs, waitMs > 0 ? changed.set : undefined, tokenAbove);
    try {
      for (;;) {
        this.refuseWhileOpen();
        const sentAt = performance.now();
        const result = await this.attempt(acquisition, keys);
        if (result.outcome === 'granted') return { grant: result.grant, sentAt };
        await changed.wait(pauseMs(result.freeInMs), limit);
      }
    } catch (error) {
      void acquisition.withdraw();
      throw error;
    }
  }

  private async attempt(acquisition: Acquisition, keys: readonly string[]): Promise<AcquireResult> {
    try {
      const result = await acquisition.attempt();
      this.breaker.succeeded();
      return result;
    } catch (error) {
      if (error instanceof LockBackendUnavailable) {
        this.breaker.failed(error.cause);
        // The callers behind this one would find the same, one after the other.
        for (const [wait, wanted] of this.waits) if (wanted.some((key) => keys.includes(key))) wait.abort(error);
      }
      throw error;
    }
  }

  private leaseOf(grant: Grant, sentAt: number, unlock: () => void): HeldLease {
    const grantedAt = performance.now();
    const lease = new HeldLease(grant, sentAt, async (lost) => {
      this.renewals.remove(lease);
      this.telemetry.held(grant.keys, performance.now() - grantedAt);
      if (lost !== undefined) {
        this.telemetry.lost(grant.keys, lost);
        unlock();
      }
      const result = this.giveBack(grant).finally(unlock);
      return this.breaker.isOpen ? 'released' : result;
    });
    this.renewals.add(lease);
    return lease;
  }

  private async giveBack(grant: Grant): Promise<'released' | 'lost'> {
    try {
      const result = await this.driver.release(grant);
      this.breaker.succeeded();
      return result;
    } catch (error) {
      this.breaker.failed(error instanceof LockBackendUnavailable ? error.cause : error);
      return 'released'; // The service frees it by its ttl.
    }
  }

  private refuseWhileOpen(): void {
    if (this.breaker.isOpen) throw new LockBackendUnavailable();
  }

  private endAllWaits(): void {
    for (const wait of this.waits.keys()) wait.abort(new LockBackendUnavailable());
  }
}

function pauseMs(freeInMs: number): number {
  const poll = SAFETY_POLL_MS * (0.75 + Math.random() / 2);
  return Math.min(poll, freeInMs + 1 + Math.random() * EXPIRY_JITTER_MS);
}
