import { Injectable } from '@nestjs/common';
import { Transactions } from '#database';
import { IdempotentRequests, type HttpResult, type IdempotencyKey } from '#http';
import { DomainError, type Id } from '#kernel';
import { attemptById } from '../persistence/find-attempt.js';
import { answerOf } from '../http/payment-result.js';
import { RecordOutcomes, type Outcome } from './record-outcomes.js';

/** Second half of a payment: records what the provider said and what the buyer is told, in one transaction. */
@Injectable()
export class FinishPayment {
  constructor(
    private readonly transactions: Transactions,
    private readonly requests: IdempotentRequests,
    private readonly record: RecordOutcomes,
  ) {}

  /**
   * @param outcome undefined when the attempt had ended before
   * @throws `payment_declined`, `payment_provider_unavailable`.
   */
  async run(key: IdempotencyKey | undefined, paymentId: Id<'pay'>, outcome: Outcome | undefined): Promise<HttpResult> {
    const answer = await this.transactions.run(async (tx) => {
      if (outcome !== undefined) await this.record.run(tx, [outcome]);
      // Somebody else may have recorded the outcome first, so the stored attempt answers, not what this process saw.
      const stored = answerOf(await attemptById(tx, paymentId));
      await this.requests.complete(tx, key, { resource: paymentId, outcome: stored });
      return stored;
    });
    if (answer instanceof DomainError) throw answer;
    return answer;
  }
}
