import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '#database';
import { Metrics } from '#observability';
import { reasonOf } from '../state-log.js';

/** What waits in the outbox, asked at each scrape. NaN while PostgreSQL does not answer: unknown is not zero. */
@Injectable()
export class OutboxGauges {
  private readonly logger = new Logger(OutboxGauges.name);

  constructor(
    metrics: Metrics,
    private readonly transactions: Transactions,
  ) {
    metrics.gauge({ name: 'outbox_pending', help: 'Events that wait to be published.' }, async (gauge) =>
      gauge.set(await this.read('count(*)')),
    );
    metrics.gauge(
      { name: 'outbox_oldest_age_seconds', help: 'Age of the oldest event that waits. Above 5 s something is wrong.' },
      async (gauge) => gauge.set(await this.read('coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float8')),
    );
  }

  private async read(aggregate: string): Promise<number> {
    const sql = `SELECT ${aggregate} AS value FROM messaging.outbox WHERE published_at IS NULL`;
    try {
      const { rows } = await this.transactions.read((db) => db.query<{ value: number }>(sql));
      return rows[0]?.value ?? NaN;
    } catch (error) {
      this.logger.debug({ msg: 'the outbox could not be counted', reason: reasonOf(error) });
      return NaN;
    }
  }
}
