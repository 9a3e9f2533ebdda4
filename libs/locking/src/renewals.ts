import { Logger } from '@nestjs/common';
import type { Grant, LockDriver, Renewal } from './drivers/driver.js';
import type { HeldLease } from './held-lease.js';

/** Leases in one request to the lock service. */
const BATCH_MAX = 250;
/** Leases that are due within this share of their ttl are renewed with those that are due now, so many leases need few requests. */
const EARLY_FACTOR = 0.1;
/** After an unanswered renewal the next one follows at this share of the ttl. */
const RETRY_FACTOR = 0.1;

/** Renews all leases of the process in batches, each at a third of its ttl. One timer, and none while nothing is held. */
export class Renewals {
  private readonly logger = new Logger(Renewals.name);
  /** Those that are not being renewed at this moment. */
  private readonly idle = new Set<HeldLease>();
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Number.POSITIVE_INFINITY;
  private stopped = false;

  /** @param answered called after each request with whether the service answered */
  constructor(
    private readonly driver: LockDriver,
    private readonly answered: (anyAnswer: boolean) => void,
  ) {}

  add(lease: HeldLease): void {
    if (this.stopped) return;
    this.idle.add(lease);
    if (lease.renewAt >= this.timerAt) return;
    this.clearTimer();
    this.timerAt = lease.renewAt;
    this.timer = setTimeout(() => this.renewDue(), Math.max(0, lease.renewAt - performance.now()));
  }

  remove(lease: HeldLease): void {
    this.idle.delete(lease);
    if (this.idle.size === 0) this.clearTimer();
  }

  stop(): void {
    this.stopped = true;
    this.idle.clear();
    this.clearTimer();
  }

  private clearTimer(): void {
    clearTimeout(this.timer);
    this.timerAt = Number.POSITIVE_INFINITY;
  }

  private renewDue(): void {
    this.clearTimer();
    const now = performance.now();
    const due = [...this.idle].filter((lease) => lease.renewAt <= now + lease.grant.ttlMs * EARLY_FACTOR);
    for (const lease of due) this.idle.delete(lease);
    for (let start = 0; start < due.length; start += BATCH_MAX) void this.renew(due.slice(start, start + BATCH_MAX));
    for (const lease of this.idle) this.add(lease);
  }

  private async renew(batch: readonly HeldLease[]): Promise<void> {
    const sentAt = performance.now();
    const renewals = await this.askDriver(batch.map((lease) => lease.grant));
    this.answered(renewals.some((renewal) => renewal !== 'unknown'));
    for (const [index, lease] of batch.entries()) {
      const renewal = renewals[index] ?? 'unknown';
      if (renewal === 'renewed') lease.renewed(sentAt);
      else if (renewal === 'lost') lease.lose('taken');
      else lease.renewAt = performance.now() + lease.grant.ttlMs * RETRY_FACTOR;
      if (lease.remainingMs() > 0) this.add(lease);
    }
  }

  /** An unexpected error of a driver must neither end the process nor stop later renewals. */
  private async askDriver(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    try {
      return await this.driver.renew(grants);
    } catch (error) {
      this.logger.error({ msg: 'Locks could not be renewed', driver: this.driver.name }, error);
      return grants.map(() => 'unknown');
    }
  }
}
