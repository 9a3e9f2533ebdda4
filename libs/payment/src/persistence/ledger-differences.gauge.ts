import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '#database';
import { Metrics } from '#observability';
import { findDifferences, type DifferenceCount } from './ledger-differences.js';

/** What the last scheduled comparison of ledgers has left: the same in every worker, and none while PostgreSQL does not answer. */
@Injectable()
export class LedgerGauge {
  private readonly logger = new Logger(LedgerGauge.name);

  constructor(
    metrics: Metrics,
    private readonly transactions: Transactions,
  ) {
    metrics.gauge(
      {
        name: 'payment_ledger_differences',
        help: 'Differences between the shop’s ledger and the provider’s that the last scheduled comparison has left.',
        labelNames: ['provider', 'kind'],
      },
      async (gauge) => {
        gauge.reset();
        for (const { count, ...labels } of await this.read()) gauge.set(labels, count);
      },
    );
  }

  private async read(): Promise<readonly DifferenceCount[]> {
    try {
      return await this.transactions.read(findDifferences);
    } catch (error) {
      this.logger.debug({ msg: 'a gauge could not be read', reason: String(error) });
      return [];
    }
  }
}
