import { Injectable, Logger } from '@nestjs/common';
import { col, statement, Transactions } from '#database';
import { Metrics } from '#observability';

const KINDS = ['payment', 'refund', 'webhook'] as const;

export const COUNT_WAITING = statement(
  `SELECT 'payment' AS kind, count(*)::int AS waiting FROM payment.attempts WHERE review_since IS NOT NULL
   UNION ALL SELECT 'refund', count(*)::int FROM payment.refunds WHERE status = 'failed'
   UNION ALL SELECT 'webhook', count(*)::int FROM payment.webhook_events WHERE status = 'parked'`,
  { kind: col.text<(typeof KINDS)[number]>(), waiting: col.integer() },
);

/** What of payments waits for a person, asked at each scrape. NaN while PostgreSQL does not answer: unknown is not zero. */
@Injectable()
export class WaitingForPersonGauge {
  private readonly logger = new Logger(WaitingForPersonGauge.name);

  constructor(
    metrics: Metrics,
    private readonly transactions: Transactions,
  ) {
    const help = 'Payments, refunds and webhooks that wait for a person.';
    metrics.gauge({ name: 'payment_waiting_for_person', help, labelNames: ['kind'] }, async (gauge) => {
      for (const kind of KINDS) gauge.set({ kind }, NaN);
      for (const { kind, waiting } of await this.read()) gauge.set({ kind }, waiting);
    });
  }

  private async read() {
    try {
      return (await this.transactions.read((db) => db.query(COUNT_WAITING))).rows;
    } catch (error) {
      this.logger.debug({ msg: 'a gauge could not be read', reason: String(error) });
      return [];
    }
  }
}
