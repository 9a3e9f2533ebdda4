import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '#database';
import { Metrics } from '#observability';
import { reasonOf } from '../connection-status-logger.js';

/** Each `sql` returns one row with one `value`. */
const GAUGES = [
  {
    name: 'outbox_pending',
    help: 'Events that wait to be published.',
    sql: `SELECT count(*) AS value FROM messaging.outbox WHERE published_at IS NULL`,
  },
  {
    name: 'outbox_oldest_age_seconds',
    help: 'Age of the oldest event that waits. Above 5 s something is wrong.',
    sql: `SELECT coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float8 AS value
          FROM messaging.outbox WHERE published_at IS NULL`,
  },
  {
    name: 'scheduled_pending',
    help: 'Messages that wait for their time.',
    sql: `SELECT count(*) AS value FROM messaging.scheduled`,
  },
  {
    name: 'scheduled_lateness_seconds',
    help: 'How long the oldest message has been due. Above 10 s something is wrong.',
    sql: `SELECT greatest(0, coalesce(extract(epoch FROM now() - min(due_at)), 0))::float8 AS value FROM messaging.scheduled`,
  },
];

/** What waits in PostgreSQL to be sent, asked at each scrape. NaN while it does not answer: unknown is not zero. */
@Injectable()
export class BacklogGauges {
  private readonly logger = new Logger(BacklogGauges.name);

  constructor(
    metrics: Metrics,
    private readonly transactions: Transactions,
  ) {
    for (const { sql, ...gauge } of GAUGES)
      metrics.gauge(gauge, async (shown) => shown.set(await this.read(gauge.name, sql)));
  }

  private async read(name: string, sql: string): Promise<number> {
    try {
      const { rows } = await this.transactions.read((db) => db.query<{ value: number }>(sql));
      return rows[0]?.value ?? NaN;
    } catch (error) {
      this.logger.debug({ msg: 'a gauge could not be read', name, reason: reasonOf(error) });
      return NaN;
    }
  }
}
