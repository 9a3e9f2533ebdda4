import { Bell } from './bell.js';
import { Breaker } from './breaker.js';
import type { Attempt, Claim, Grant, LockDriver } from './drivers/driver.js';
import { HeldLease } from './held-lease.js';
import type { LockTelemetry } from './lock-telemetry.js';
import { LockBackendUnavailable, LockTimeout, StaleFence } from './lock.errors.js';
import type { LockOptions } from './locks.js';
import { Patience } from './patience.js';
import { Renewals } from './renewals.js';
import { Turns } from './turns.js';

/** A waiter asks again after this time even if nobody told it to: a notification may be lost with its connection. */
const SAFETY_POLL_MS = 500;
/** Waiters for a key that expires do not all come at the same millisecond. */
const EXPIRY_JITTER_MS = 10;
/** A grant that arrives with less than this share of its ttl left is given back. */
const USABLE_FACTOR = 1 / 3;

type Terms = Pick<LockOptions, 'ttlMs' | 'waitMs' | 'tokenAbove'>;
type Wish = Terms & { readonly keys: readonly string[] };

/** From a wish for keys to a lease and its end: the turn in this process, the contest with the others, renewal, loss, release. */
export class Leases {
  private readonly turns = new Turns();
  private readonly patient = new Set<Patience>();
  private readonly renewals: Renewals;
  private readonly breaker: Breaker;

  constructor(
    private readonly driver: LockDriver,
    private readonly telemetry: LockTelemetry,
  ) {
    this.breaker = new Breaker({
      probe: () => driver.check(),
      opened: (reason) => {
        telemetry.breakerOpened(reason);
        this.dismiss(() => true, new LockBackendUnavailable());
      },
      closed: () => telemetry.breakerClosed(),
    });
    this.renewals = new Renewals(driver, (any) =>
      any ? this.breaker.succeeded() : this.breaker.failed('no renewal was answered'),
    );
  }

  /**
   * @param keys in the order in which everybody takes them
   * @throws {LockTimeout | LockBackendUnavailable | StaleFence}
   */
  async obtain(keys: readonly string[], options: Terms): Promise<HeldLease> {
    this.refuseWhileOpen();
    const patience = new Patience(keys, options.waitMs);
    this.patient.add(patience);
    try {
      const leave = await this.turns.take(keys, patience);
      try {
        return await this.contend({ ...options, keys }, patience, leave);
      } catch (error) {
        leave();
        throw error;
      }
    } finally {
      this.patient.delete(patience);
    }
  }

  async close(): Promise<void> {
    this.breaker.stop();
    this.renewals.stop();
    this.dismiss(() => true, new LockBackendUnavailable());
    await this.driver.close();
  }

  private async contend(wish: Wish, patience: Patience, leave: () => void): Promise<HeldLease> {
    for (;;) {
      // A new claim each time: what came too late for the last one is still being given back, and must not be taken for the next grant.
      const lease = await this.contendOnce(wish, patience, leave);
      if (lease !== undefined) return lease;
      patience.check();
    }
  }

  /** `undefined` when the grant came so late that it was given back. */
  private async contendOnce(
    { keys, ttlMs, waitMs, tokenAbove = 0n }: Wish,
    patience: Patience,
    leave: () => void,
  ): Promise<HeldLease | undefined> {
    const bell = new Bell();
    const claim = this.driver.claim(keys, ttlMs, waitMs > 0 ? bell.ring : undefined, tokenAbove);
    try {
      for (;;) {
        this.refuseWhileOpen();
        bell.reset();
        const sentAt = performance.now();
        const attempt = await this.ask(claim, keys);
        if (attempt.outcome === 'granted') {
          if (attempt.grant.token <= tokenAbove) {
            void this.giveBack(attempt.grant);
            throw new StaleFence(keys, tokenAbove);
          }
          return this.lease(attempt.grant, sentAt, leave);
        }
        if (waitMs === 0) throw new LockTimeout(keys);
        await patience.wait((done) => bell.listen(pauseMs(attempt.freeInMs), done));
      }
    } catch (error) {
      void claim.withdraw();
      throw error;
    }
  }

  private async ask(claim: Claim, keys: readonly string[]): Promise<Attempt> {
    try {
      const attempt = await claim.attempt();
      this.breaker.succeeded();
      return attempt;
    } catch (error) {
      if (error instanceof LockBackendUnavailable) {
        this.breaker.failed(error.cause);
        // Who waits behind this caller would only find out the same, one after the other.
        this.dismiss((patience) => patience.isFor(keys), error);
      }
      throw error;
    }
  }

  /** `undefined` when the grant came so late that it was given back. */
  private lease(grant: Grant, sentAt: number, leave: () => void): HeldLease | undefined {
    if (performance.now() - sentAt > grant.ttlMs * (1 - USABLE_FACTOR)) {
      void this.giveBack(grant);
      return undefined;
    }
    const lease = new HeldLease(grant, sentAt, {
      lost: (self, reason) => {
        this.renewals.remove(self);
        this.telemetry.lost(self.keys, reason);
        leave();
      },
      freed: async (self) => {
        this.renewals.remove(self);
        this.telemetry.held(self.keys, performance.now() - self.grantedAt);
        const answer = this.giveBack(grant).finally(leave);
        return this.breaker.isOpen ? 'released' : answer;
      },
    });
    this.renewals.add(lease);
    return lease;
  }

  private async giveBack(grant: Grant): Promise<'released' | 'lost'> {
    try {
      const answer = await this.driver.release(grant);
      this.breaker.succeeded();
      return answer;
    } catch (error) {
      this.breaker.failed(error instanceof LockBackendUnavailable ? error.cause : error);
      return 'released'; // The service frees it by its ttl.
    }
  }

  private refuseWhileOpen(): void {
    if (this.breaker.isOpen) throw new LockBackendUnavailable();
  }

  private dismiss(whom: (patience: Patience) => boolean, reason: Error): void {
    for (const patience of this.patient) if (whom(patience)) patience.lose(reason);
  }
}

function pauseMs(freeInMs: number): number {
  const poll = SAFETY_POLL_MS * (0.75 + Math.random() / 2);
  return Math.min(poll, freeInMs + 1 + Math.random() * EXPIRY_JITTER_MS);
}
