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
  private readonly leases = new Set<HeldLease>();
  private readonly inProgress = new Set<HeldLease>();
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Number.POSITIVE_INFINITY;

  /** @param answered called after each request with whether the service answered */
  constructor(
    private readonly driver: LockDriver,
    private readonly answered: (anyAnswer: boolean) => void,
  ) {}

  add(lease: HeldLease): void {
    this.leases.add(lease);
    this.wakeAt(lease.renewAt);
  }

  remove(lease: HeldLease): void {
    this.leases.delete(lease);
    if (this.leases.size === 0) this.sleep();
  }

  stop(): void {
    this.leases.clear();
    this.sleep();
  }

  private wakeAt(at: number): void {
    if (at >= this.timerAt) return;
    this.sleep();
    this.timerAt = at;
    this.timer = setTimeout(() => this.round(), Math.max(0, at - performance.now()));
  }

  private sleep(): void {
    clearTimeout(this.timer);
    this.timerAt = Number.POSITIVE_INFINITY;
  }

  private round(): void {
    this.timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const idle = [...this.leases].filter((lease) => !this.inProgress.has(lease));
    const due = idle.filter((lease) => lease.renewAt <= now + lease.grant.ttlMs * EARLY_FACTOR);
    for (let start = 0; start < due.length; start += BATCH_MAX) void this.renew(due.slice(start, start + BATCH_MAX));
    for (const lease of idle) if (!this.inProgress.has(lease)) this.wakeAt(lease.renewAt);
  }

  private async renew(batch: readonly HeldLease[]): Promise<void> {
    for (const lease of batch) this.inProgress.add(lease);
    const sentAt = performance.now();
    const renewals = await this.askDriver(batch.map((lease) => lease.grant));
    this.answered(renewals.some((renewal) => renewal !== 'unknown'));
    for (const [index, lease] of batch.entries()) {
      this.inProgress.delete(lease);
      this.settle(lease, renewals[index] ?? 'unknown', sentAt);
      if (this.leases.has(lease)) this.wakeAt(lease.renewAt);
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

  private settle(lease: HeldLease, renewal: Renewal, sentAt: number): void {
    switch (renewal) {
      case 'renewed':
        lease.renewed(sentAt);
        break;
      case 'lost':
        lease.lose('taken');
        break;
      case 'unknown':
        lease.renewAt = performance.now() + lease.grant.ttlMs * RETRY_FACTOR;
        break;
    }
  }
}
