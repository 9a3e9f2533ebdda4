import { AsyncEvent } from './async-event.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { AcquireResult, Acquisition, Grant, LockDriver } from './drivers/driver.js';
import { HeldLease } from './held-lease.js';
import type { LockTelemetry } from './lock-telemetry.js';
import { LockBackendUnavailable, LockTimeout, StaleFence } from './lock.errors.js';
import type { LockOptions } from './locks.js';
import { WaitBudget } from './wait-budget.js';
import { Renewals } from './renewals.js';
import { KeyedMutex } from './keyed-mutex.js';

/** A waiter asks again after about this time without a notification: one may be lost with its connection. */
const SAFETY_POLL_MS = 500;
/** Spreads the attempts of waiters for a key that expires. */
const EXPIRY_JITTER_MS = 10;
/** A grant that arrives with less than this share of its ttl left is given back. */
const USABLE_FACTOR = 1 / 3;

type AcquireOptions = Pick<LockOptions, 'ttlMs' | 'waitMs' | 'tokenAbove'>;
type AcquireRequest = AcquireOptions & { readonly keys: readonly string[] };

/** The life of a lease: the mutex in this process, the attempts at the lock service, renewal, loss, release. */
export class Leases {
  private readonly mutex = new KeyedMutex();
  private readonly waitBudgets = new Set<WaitBudget>();
  private readonly renewals: Renewals;
  private readonly breaker: CircuitBreaker;

  constructor(
    private readonly driver: LockDriver,
    private readonly telemetry: LockTelemetry,
  ) {
    this.breaker = new CircuitBreaker({
      probe: () => driver.check(),
      opened: (reason) => {
        telemetry.breakerOpened(reason);
        this.cancelWaits(() => true, new LockBackendUnavailable());
      },
      closed: () => telemetry.breakerClosed(),
    });
    this.renewals = new Renewals(driver, (anyAnswer) =>
      anyAnswer ? this.breaker.succeeded() : this.breaker.failed('no renewal was answered'),
    );
  }

  /** Keys that one lease may have. */
  get keysMax(): number {
    return this.driver.capabilities.keysMax ?? Number.POSITIVE_INFINITY;
  }

  /**
   * @param keys in the order in which everybody takes them
   * @throws {LockTimeout | LockBackendUnavailable | StaleFence}
   */
  async acquire(keys: readonly string[], options: AcquireOptions): Promise<HeldLease> {
    this.refuseWhileOpen();
    const budget = new WaitBudget(keys, options.waitMs);
    this.waitBudgets.add(budget);
    try {
      const unlock = await this.mutex.lock(keys, budget);
      try {
        return await this.acquireFromService({ ...options, keys }, budget, unlock);
      } catch (error) {
        unlock();
        throw error;
      }
    } finally {
      this.waitBudgets.delete(budget);
    }
  }

  async close(): Promise<void> {
    this.breaker.stop();
    this.renewals.stop();
    this.cancelWaits(() => true, new LockBackendUnavailable());
    await this.driver.close();
  }

  private async acquireFromService(
    request: AcquireRequest,
    budget: WaitBudget,
    unlock: () => void,
  ): Promise<HeldLease> {
    for (;;) {
      // A new acquisition each time: the release of a grant that came too late may still be under way, and must not free the next grant.
      const lease = await this.acquireOnce(request, budget, unlock);
      if (lease !== undefined) return lease;
      budget.check();
    }
  }

  /** `undefined` when the grant came so late that it was given back. */
  private async acquireOnce(
    { keys, ttlMs, waitMs, tokenAbove = 0n }: AcquireRequest,
    budget: WaitBudget,
    unlock: () => void,
  ): Promise<HeldLease | undefined> {
    const released = new AsyncEvent();
    const acquisition = this.driver.acquire(keys, ttlMs, waitMs > 0 ? released.set : undefined, tokenAbove);
    try {
      for (;;) {
        this.refuseWhileOpen();
        released.reset();
        const sentAt = performance.now();
        const result = await this.attempt(acquisition, keys);
        if (result.outcome === 'granted') {
          if (result.grant.token <= tokenAbove) {
            void this.giveBack(result.grant);
            throw new StaleFence(keys, tokenAbove);
          }
          return this.leaseOf(result.grant, sentAt, unlock);
        }
        if (waitMs === 0) throw new LockTimeout(keys);
        await budget.wait((done) => released.wait(pauseMs(result.freeInMs), done));
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
        this.cancelWaits((budget) => budget.covers(keys), error);
      }
      throw error;
    }
  }

  /** `undefined` when the grant came so late that it was given back. */
  private leaseOf(grant: Grant, sentAt: number, unlock: () => void): HeldLease | undefined {
    if (performance.now() - sentAt > grant.ttlMs * (1 - USABLE_FACTOR)) {
      void this.giveBack(grant);
      return undefined;
    }
    const lease = new HeldLease(grant, sentAt, {
      lost: (self, reason) => {
        this.renewals.remove(self);
        this.telemetry.lost(self.keys, reason);
        unlock();
      },
      released: async (self) => {
        this.renewals.remove(self);
        this.telemetry.held(self.keys, performance.now() - self.grantedAt);
        const result = this.giveBack(grant).finally(unlock);
        return this.breaker.isOpen ? 'released' : result;
      },
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

  private cancelWaits(which: (budget: WaitBudget) => boolean, reason: Error): void {
    for (const budget of this.waitBudgets) if (which(budget)) budget.cancel(reason);
  }
}

function pauseMs(freeInMs: number): number {
  const poll = SAFETY_POLL_MS * (0.75 + Math.random() / 2);
  return Math.min(poll, freeInMs + 1 + Math.random() * EXPIRY_JITTER_MS);
}
