import type { Grant } from './drivers/driver.js';
import { LockLost, type LossReason } from './lock.errors.js';
import type { Lease } from './locks.js';

/** Clocks of two machines may differ in speed by this much; Redis rounds to 1 ms. As in the Redlock algorithm. */
const DRIFT_FACTOR = 0.01;
const DRIFT_MS = 2;
/** Timers never come early, but may come this much late: then the signal still does not come after the deadline. */
const TIMER_SLACK_MS = 2;

export interface LeaseHooks {
  lost(lease: HeldLease, reason: LossReason): void;
  /** Frees the keys. Never rejects. */
  freed(lease: HeldLease): Promise<'released' | 'lost'>;
}

/** A grant in use. Its deadline counts from when the request was sent, because the service may have decided at that very moment. */
export class HeldLease implements Lease {
  /** When to renew next, on the monotonic clock. */
  renewAt = 0;
  readonly grantedAt = performance.now();
  private deadline = 0;
  private timer: NodeJS.Timeout | undefined;
  private lost: LockLost | undefined;
  private ending: Promise<'released' | 'lost'> | undefined;
  private controller: AbortController | undefined;

  constructor(
    readonly grant: Grant,
    sentAt: number,
    private readonly hooks: LeaseHooks,
  ) {
    this.setDeadline(sentAt);
  }

  get keys(): readonly string[] {
    return this.grant.keys;
  }

  get token(): bigint {
    return this.grant.token;
  }

  get signal(): AbortSignal {
    // Most holders never look, and making one for each of thousands a second is felt.
    this.controller ??= new AbortController();
    if (this.lost !== undefined) this.controller.abort(this.lost);
    return this.controller.signal;
  }

  remainingMs(): number {
    if (this.lost !== undefined || this.ending !== undefined) return 0;
    return Math.max(0, this.deadline - performance.now());
  }

  assertValid(marginMs = 0): void {
    if (this.ending !== undefined && this.lost === undefined) throw new LockLost(this.keys, 'released');
    this.notice();
    if (this.lost !== undefined) throw this.lost;
    if (this.remainingMs() <= marginMs) throw new LockLost(this.keys, 'ending');
  }

  /** A renewal sent at that moment was confirmed. Comes it after the deadline, the lease is lost all the same. */
  renewed(sentAt: number): void {
    this.notice();
    if (this.lost === undefined && this.ending === undefined) this.setDeadline(sentAt);
  }

  lose(reason: LossReason): void {
    if (this.lost !== undefined || this.ending !== undefined) return;
    clearTimeout(this.timer);
    this.lost = new LockLost(this.keys, reason);
    this.hooks.lost(this, reason);
    this.controller?.abort(this.lost);
  }

  release(): Promise<'released' | 'lost'> {
    this.ending ??= this.end();
    return this.ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  private async end(): Promise<'released' | 'lost'> {
    this.notice();
    clearTimeout(this.timer);
    const answer = await this.hooks.freed(this);
    return this.lost === undefined ? answer : 'lost';
  }

  /** The timer may be late, when the event loop was blocked; the clock is not. */
  private notice(): void {
    if (performance.now() >= this.deadline) this.lose('expired');
  }

  private setDeadline(sentAt: number): void {
    const { ttlMs } = this.grant;
    this.deadline = sentAt + ttlMs - (ttlMs * DRIFT_FACTOR + DRIFT_MS);
    this.renewAt = sentAt + ttlMs / 3;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lose('expired'), this.deadline - performance.now() - TIMER_SLACK_MS);
  }
}
