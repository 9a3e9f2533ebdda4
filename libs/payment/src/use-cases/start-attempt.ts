import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { Config } from '#config';
import { OrderPayments, type Payer } from '#contracts';
import { isUniqueViolation, type Tx } from '#database';
import type { Id, Money } from '#kernel';
import { Schedule } from '#messaging';
import { openAttempt } from '../persistence/insert-attempt.js';
import { PaymentAttemptsExhausted, PaymentInProgress } from '../domain/payment.errors.js';
import { PaymentProvider } from '../provider/payment-provider.js';
import { FIRST_STATUS_CHECK_MS, statusCheckAt } from './status-check.js';

/** Opens an attempt for what is due on the order, tells the order that its payment is under way, and has the provider asked later. */
@Injectable()
export class StartAttempt {
  constructor(
    private readonly orders: OrderPayments,
    private readonly provider: PaymentProvider,
    private readonly schedule: Schedule,
    private readonly config: Config,
  ) {}

  /**
   * @throws `order_not_found`, `already_paid`, `payment_in_progress`, `order_not_payable`, `payment_attempts_exhausted`.
   */
  async run(
    tx: Tx,
    attempt: { readonly paymentId: Id<'pay'>; readonly orderId: Id<'order'> },
    payer: Payer,
  ): Promise<Money> {
    const attemptsMax = this.config.PAYMENT_ATTEMPTS_MAX;
    const amount = await this.orders.start(tx, attempt.orderId, payer);
    try {
      const opened = await openAttempt(tx, {
        ...attempt,
        amount,
        provider: this.provider.name,
        actor: payer.actor,
        attemptsMax,
      });
      if (!opened) throw new PaymentAttemptsExhausted(attemptsMax);
    } catch (error) {
      throw isUniqueViolation(error, 'attempts_one_live') ? new PaymentInProgress() : error;
    }
    if (payer.anyBuyer === true) {
      const subject = { type: 'payment', id: attempt.paymentId };
      const after = { orderId: attempt.orderId, amount: { amount: amount.amount, currency: amount.currency } };
      await recordAudit(tx, payer.actor, [{ action: 'payment.create', subject, before: null, after }]);
    }
    // In case this process dies before it records what the provider says.
    const queryInMs = this.config.PAYMENT_TIMEOUT_MS + FIRST_STATUS_CHECK_MS;
    await this.schedule.put(tx, [statusCheckAt(attempt.paymentId, 1, queryInMs)]);
    return amount;
  }
}
