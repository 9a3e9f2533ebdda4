import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '#database';
import { Metrics } from '#observability';
import { reasonOf } from '../error-text.js';
import { EventCatalogue } from '../events/event-catalogue.js';

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

const DEAD_LETTERS = `
  SELECT queue, count(*)::int AS value FROM messaging.dead_letters WHERE status = 'waiting' GROUP BY queue`;

interface Row {
  readonly queue?: string;
  readonly value: number;
}

/** What waits in PostgreSQL, asked at each scrape. NaN while it does not answer: unknown is not zero. */
@Injectable()
export class BacklogGauges {
  private readonly logger = new Logger(BacklogGauges.name);

  constructor(
    metrics: Metrics,
    catalogue: EventCatalogue,
    private readonly transactions: Transactions,
  ) {
    for (const { sql, ...options } of GAUGES) {
      metrics.gauge(options, async (gauge) => gauge.set((await this.read(sql))?.[0]?.value ?? NaN));
    }
    const help = 'Dead letters that wait for a person, by queue.';
    metrics.gauge({ name: 'dead_letters_waiting', help, labelNames: ['queue'] }, async (gauge) => {
      gauge.reset();
      const rows = await this.read(DEAD_LETTERS);
      for (const queue of catalogue.queues.keys()) gauge.set({ queue }, rows ? 0 : NaN);
      for (const { queue = '', value } of rows ?? []) gauge.set({ queue }, value);
    });
  }

  private async read(sql: string): Promise<readonly Row[] | undefined> {
    try {
      return (await this.transactions.read((db) => db.query<Row>(sql))).rows;
    } catch (error) {
      this.logger.debug({ msg: 'a gauge could not be read', sql, reason: reasonOf(error) });
      return undefined;
    }
  }
}
