import type { Grant } from './drivers/driver.js';
import { LockLost, type LossReason } from './lock.errors.js';
import type { Lease } from './locks.js';

/** Clocks of two machines may differ in speed by this much, and Redis rounds to 1 ms. From the Redlock algorithm. */
const DRIFT_FACTOR = 0.01;
const DRIFT_MS = 2;
/** A timer may fire this late. The signal must still come before the deadline. */
const TIMER_SLACK_MS = 2;

/**
 * A grant in use. Its deadline counts from the moment of sending, because the service may have decided at that moment. Its keys are given
 * back once: when it is released, or as soon as it is lost.
 */
export class HeldLease implements Lease {
  readonly keys: readonly string[];
  readonly token: bigint;
  /** When to renew next, on the monotonic clock. */
  renewAt = 0;
  private deadline = 0;
  private timer: NodeJS.Timeout | undefined;
  private lost: LockLost | undefined;
  private ending: Promise<'released' | 'lost'> | undefined;
  private controller: AbortController | undefined;

  /** @param giveBack frees the keys; never rejects. Its argument says why the lease was lost, if it was. */
  constructor(
    readonly grant: Grant,
    sentAt: number,
    private readonly giveBack: (lost?: LossReason) => Promise<'released' | 'lost'>,
  ) {
    ({ keys: this.keys, token: this.token } = grant);
    this.setDeadline(sentAt);
  }

  get signal(): AbortSignal {
    // Made on demand: most holders never read it, and thousands of controllers a second cost time.
    this.controller ??= new AbortController();
    if (this.lost !== undefined) this.controller.abort(this.lost);
    return this.controller.signal;
  }

  remainingMs(): number {
    return this.ending === undefined ? Math.max(0, this.deadline - performance.now()) : 0;
  }

  assertValid(marginMs = 0): void {
    this.loseIfOverdue();
    if (this.lost !== undefined) throw this.lost;
    if (this.ending !== undefined) throw new LockLost(this.keys, 'released');
    if (this.remainingMs() <= marginMs) throw new LockLost(this.keys, 'ending');
  }

  /** A renewal sent at `sentAt` was confirmed. A confirmation that arrives after the deadline does not save the lease. */
  renewed(sentAt: number): void {
    this.loseIfOverdue();
    if (this.ending === undefined) this.setDeadline(sentAt);
  }

  lose(reason: LossReason): void {
    if (this.ending !== undefined) return;
    clearTimeout(this.timer);
    this.lost = new LockLost(this.keys, reason);
    this.controller?.abort(this.lost);
    this.ending = this.giveBack(reason).then(() => 'lost');
  }

  release(): Promise<'released' | 'lost'> {
    this.loseIfOverdue();
    clearTimeout(this.timer);
    this.ending ??= this.giveBack();
    return this.ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** A blocked event loop delays the timer, but not the clock. */
  private loseIfOverdue(): void {
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
