import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from '#config';
import { ReconciliationDue } from '#contracts';
import { Transactions } from '#database';
import { later, Schedule, type ScheduledMessage } from '#messaging';
import { PaymentProviders } from '../providers/payment-providers.js';

/** So long after its end a period is compared: payments of its last moments have been answered by then. */
const AFTER_END_MS = 120_000;

/** Keeps one comparison a provider scheduled: that of the running period, unless an earlier one still waits. */
@Injectable()
export class ScheduleReconciliation implements OnApplicationBootstrap {
  constructor(
    private readonly transactions: Transactions,
    private readonly schedule: Schedule,
    private readonly providers: PaymentProviders,
    private readonly config: Config,
  ) {}

  /** Every worker does it, and one message a provider comes of it. */
  async onApplicationBootstrap(): Promise<void> {
    const { names } = this.providers;
    await this.transactions.run(async (tx) => {
      if (this.intervalMs === 0) return this.schedule.cancel(tx, ReconciliationDue, names);
      const from = new Date(Math.floor(Date.now() / this.intervalMs) * this.intervalMs);
      await this.schedule.putNew(
        tx,
        names.map((provider) => this.periodFrom(provider, from)),
      );
    });
  }

  /** Schedules the period that begins where another one ended, which may be long ago. Nothing where comparisons are off. */
  async run(provider: string, from: Date): Promise<void> {
    if (this.intervalMs === 0) return;
    await this.transactions.run((tx) => this.schedule.putNew(tx, [this.periodFrom(provider, from)]));
  }

  private get intervalMs(): number {
    return this.config.PAYMENT_RECONCILE_INTERVAL_SECONDS * 1_000;
  }

  private periodFrom(provider: string, from: Date): ScheduledMessage {
    const to = new Date(from.getTime() + this.intervalMs);
    const begins = from.toISOString();
    return later(ReconciliationDue, {
      subject: provider,
      due: { at: new Date(to.getTime() + AFTER_END_MS) },
      data: { provider, from: begins, to: to.toISOString(), next: begins, compared: 0, repaired: 0, left: {} },
    });
  }
}
