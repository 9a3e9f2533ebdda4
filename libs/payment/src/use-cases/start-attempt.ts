import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import type { Outcome } from '#commands';
import { Config } from '#config';
import { OrderPayments, type Payer } from '#contracts';
import { isUniqueViolation, type Tx } from '#database';
import { DomainError, type Id, type Money } from '#kernel';
import { Schedule } from '#messaging';
import { insertAttempt } from '../persistence/insert-attempt.js';
import { PaymentAttemptsExhausted, PaymentInProgress } from '../domain/payment.errors.js';
import type { NewPayment } from '../providers/payment-provider.js';
import { PaymentProviders } from '../providers/payment-providers.js';
import type { Of } from '../providers/provider-calls.js';
import { FIRST_STATUS_CHECK_MS, statusCheckAt } from './status-check.js';

type StartedAttempt = Pick<NewPayment, 'paymentId' | 'orderId' | 'token' | 'returnUrl'>;

/** Opens an attempt for what is due on the order, tells the order that its payment is under way, and has the provider asked later. */
@Injectable()
export class StartAttempt {
  constructor(
    private readonly orders: OrderPayments,
    private readonly providers: PaymentProviders,
    private readonly schedule: Schedule,
    private readonly config: Config,
  ) {}

  /**
   * Refused with `order_not_found`, `stale_version`, `already_paid`, `payment_in_progress` or `order_not_payable`: nothing was written.
   *
   * @throws `payment_in_progress` and `payment_attempts_exhausted`, when the transaction must not go on
   */
  async run(tx: Tx, attempt: StartedAttempt, payer: Payer): Promise<Outcome<Of<NewPayment>>> {
    const due = await this.due(tx, attempt.orderId, payer);
    return due instanceof DomainError ? { error: due } : { result: await this.insertFor(tx, attempt, payer, due) };
  }

  /** What is due, or why nothing can be paid. */
  private async due(tx: Tx, orderId: Id<'order'>, payer: Payer): Promise<Money | DomainError> {
    try {
      return await this.orders.start(tx, orderId, payer);
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  }

  private async insertFor(tx: Tx, attempt: StartedAttempt, payer: Payer, amount: Money): Promise<Of<NewPayment>> {
    const { PAYMENT_CAPTURE: capture } = this.config;
    const payment = { ...attempt, amount, capture, provider: this.providers.forNewAttempts.name };
    const since = await this.insert(tx, payment, payer.actor);
    if (payer.anyBuyer === true) {
      const subject = { type: 'payment', id: attempt.paymentId };
      const after = { orderId: attempt.orderId, amount: { amount: amount.amount, currency: amount.currency } };
      await recordAudit(tx, payer.actor, [{ action: 'payment.create', subject, before: null, after }]);
    }
    // In case this process dies before it records what the provider says.
    const queryInMs = this.config.PAYMENT_TIMEOUT_MS + FIRST_STATUS_CHECK_MS;
    await this.schedule.put(tx, [statusCheckAt(attempt.paymentId, 1, queryInMs)]);
    return { ...payment, since };
  }

  private async insert(tx: Tx, payment: Omit<Of<NewPayment>, 'since'>, actor: string): Promise<Date> {
    const attemptsMax = this.config.PAYMENT_ATTEMPTS_MAX;
    try {
      const since = await insertAttempt(tx, { ...payment, actor, attemptsMax });
      if (since === undefined) throw new PaymentAttemptsExhausted(attemptsMax);
      return since;
    } catch (error) {
      throw isUniqueViolation(error, 'attempts_one_live') ? new PaymentInProgress() : error;
    }
  }
}
