import { Injectable, Logger } from '@nestjs/common';
import { ReconciliationDue } from '#contracts';
import { later, Schedule, type CommitContext, type EventData } from '#messaging';
import { PaymentProviders } from '../providers/payment-providers.js';
import { saveDifferences } from '../persistence/ledger-differences.js';
import { ReconcileLedgers } from './reconcile-ledgers.js';
import { ScheduleReconciliation } from './schedule-reconciliation.js';

type Progress = EventData<typeof ReconciliationDue>;

/**
 * Compares one part of a period and records what only the provider knew. The next part is a message of its own: a process that ends
 * meanwhile loses no more than a part, and a provider that is silent is asked again as every failed message is.
 */
@Injectable()
export class ReconcileOnSchedule {
  private readonly logger = new Logger(ReconcileOnSchedule.name);

  constructor(
    private readonly providers: PaymentProviders,
    private readonly schedule: Schedule,
    private readonly reconcile: ReconcileLedgers,
    private readonly following: ScheduleReconciliation,
  ) {}

  async run(before: Progress, commit: CommitContext['commit']): Promise<void> {
    const { provider, from, to } = before;
    if (this.providers.find(provider) === undefined) return this.skip(provider, commit);
    // First, so that a period that fails for good does not end the comparisons.
    if (before.next === from) await this.following.run(provider, new Date(to));
    const after = await this.comparePart(before);
    const isOver = new Date(after.next) >= new Date(to);
    await commit((tx) =>
      isOver
        ? saveDifferences(tx, provider, { from: new Date(from), to: new Date(to) }, after.left)
        : this.schedule.put(tx, [
            later(ReconciliationDue, { subject: `${provider} ${from}`, due: { inMs: 0 }, data: after }),
          ]),
    );
    if (isOver) this.tell(after);
  }

  private async comparePart(before: Progress): Promise<Progress> {
    const { provider, to, next } = before;
    const left = { ...before.left };
    const period = { from: new Date(next), to: new Date(to) };
    const { until, compared, repaired } = await this.reconcile.run(provider, period, {
      repair: true,
      onDifference: (difference) => {
        left[difference.kind] = (left[difference.kind] ?? 0) + 1;
        this.logger.error({ msg: 'the ledgers differ', ...difference });
      },
    });
    return {
      ...before,
      next: until.toISOString(),
      compared: before.compared + compared,
      repaired: before.repaired + repaired,
      left,
    };
  }

  private tell({ provider, from, to, compared, repaired, left }: Progress): void {
    const line = { provider, from, to, compared, repaired, ...left };
    if (Object.keys(left).length === 0) this.logger.log({ msg: 'the ledgers agree', ...line });
    else this.logger.error({ msg: 'the ledgers do not agree', ...line });
  }

  private async skip(provider: string, commit: CommitContext['commit']): Promise<void> {
    this.logger.warn({ msg: 'the ledger of a provider that is not set up any more is not compared', provider });
    await commit(() => Promise.resolve());
  }
}
