import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '#database';
import { Metrics } from '#observability';
import { reasonOf } from '../state-log.js';

/** What is scheduled, asked at each scrape. NaN while PostgreSQL does not answer: unknown is not zero. */
@Injectable()
export class ScheduleGauges {
  private readonly logger = new Logger(ScheduleGauges.name);

  constructor(
    metrics: Metrics,
    private readonly transactions: Transactions,
  ) {
    metrics.gauge({ name: 'scheduled_pending', help: 'Messages that wait for their time.' }, async (gauge) =>
      gauge.set(await this.read('count(*)')),
    );
    metrics.gauge(
      {
        name: 'scheduled_lateness_seconds',
        help: 'How long the oldest message has been due. Above 10 s something is wrong.',
      },
      async (gauge) =>
        gauge.set(await this.read('greatest(0, coalesce(extract(epoch FROM now() - min(due_at)), 0))::float8')),
    );
  }

  private async read(aggregate: string): Promise<number> {
    const sql = `SELECT ${aggregate} AS value FROM messaging.scheduled`;
    try {
      const { rows } = await this.transactions.read((db) => db.query<{ value: number }>(sql));
      return rows[0]?.value ?? NaN;
    } catch (error) {
      this.logger.debug({ msg: 'scheduled messages could not be counted', reason: reasonOf(error) });
      return NaN;
    }
  }
}
