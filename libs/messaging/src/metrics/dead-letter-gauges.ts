import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '#database';
import { Metrics } from '#observability';
import { EventCatalogue } from '../events/event-catalogue.js';
import { reasonOf } from '../connection-status-logger.js';

const WAITING = `SELECT queue, count(*)::int AS count FROM messaging.dead_letters WHERE status = 'waiting' GROUP BY queue`;

/** What waits for a person, asked at each scrape. NaN while PostgreSQL does not answer: unknown is not zero. */
@Injectable()
export class DeadLetterGauges {
  private readonly logger = new Logger(DeadLetterGauges.name);

  constructor(
    metrics: Metrics,
    private readonly transactions: Transactions,
    private readonly catalogue: EventCatalogue,
  ) {
    metrics.gauge(
      { name: 'dead_letters_waiting', help: 'Dead letters that wait for a person, by queue.', labelNames: ['queue'] },
      async (gauge) => {
        gauge.reset();
        for (const [queue, count] of await this.counts()) gauge.set({ queue }, count);
      },
    );
  }

  private async counts(): Promise<Map<string, number>> {
    const queues = [...this.catalogue.queues.keys()];
    try {
      const { rows } = await this.transactions.read((db) => db.query<{ queue: string; count: number }>(WAITING));
      return new Map([
        ...queues.map((queue) => [queue, 0] as const),
        ...rows.map(({ queue, count }) => [queue, count] as const),
      ]);
    } catch (error) {
      this.logger.debug({ msg: 'dead letters could not be counted', reason: reasonOf(error) });
      return new Map(queues.map((queue) => [queue, NaN]));
    }
  }
}
