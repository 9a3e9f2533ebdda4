import { Injectable, Logger } from '@nestjs/common';
import { OrderPayments } from '#contracts';
import { Transactions } from '#database';
import { claimAttempts, type ClaimedAttempt } from '../claim-attempts.js';
import { ProviderCalls } from '../provider-calls.js';
import { RecordOutcomes } from './record-outcomes.js';

/** Attempts that are asked about at the same time, each with one call to the provider. */
const AT_ONCE = 8;

/**
 * Finds out what became of attempts whose answer was lost: the provider timed out, or the process died between its call and the record.
 */
@Injectable()
export class ReconcileAttempts {
  private readonly logger = new Logger(ReconcileAttempts.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly calls: ProviderCalls,
    private readonly record: RecordOutcomes,
    private readonly orders: OrderPayments,
  ) {}

  /**
   * Asks about the attempts that are due, up to a bound. Returns how many there were.
   *
   * @param distanceMaxMs largest distance to the next question about one of them
   */
  async run(distanceMaxMs: number): Promise<number> {
    const due = await this.transactions.run(async (tx) => {
      const claimed = await claimAttempts(tx, AT_ONCE, distanceMaxMs);
      for (const attempt of claimed) await this.orders.keepAlive(tx, attempt.orderId);
      return claimed;
    });
    await Promise.all(due.map((attempt) => this.settle(attempt)));
    return due.length;
  }

  /** Failing with one attempt delays it alone: it is claimed again when its next time comes. */
  private async settle({ paymentId, orderId, queries }: ClaimedAttempt): Promise<void> {
    try {
      const outcome = await this.calls.conclude(paymentId);
      await this.transactions.run((tx) => this.record.run(tx, [outcome]));
      this.logger.log({ msg: 'asked the payment provider', paymentId, orderId, queries, outcome: outcome.outcome });
    } catch (error) {
      this.logger.error({ msg: 'could not record an outcome', paymentId, orderId, queries, err: error });
    }
  }
}
