import type { Abstract, Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, loadConfig } from '#config';
import { events, OrderPayments } from '#contracts';
import { DatabaseModule, Transactions } from '#database';
import { Money, newId, type Currency, type Id } from '#kernel';
import { MessagingModule } from '#messaging';
import { ObservabilityModule } from '#observability';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.js';
import { transitionAttempts, type AttemptMove, type MovedAttempt } from '../persistence/transition-attempts.js';
import { insertAttempt } from '../persistence/insert-attempt.js';
import { paymentSchema } from '../persistence/payment-schema.js';
import type { NewPayment } from '../providers/payment-provider.js';
import { SandboxProvider } from '../providers/sandbox/sandbox-provider.js';
import { paymentProviders } from '../providers/set-up-providers.js';
import { ApplyWebhook } from './apply-webhook.js';
import { CaptureShipped } from './capture-shipped.js';
import { FindOutcome } from './find-outcome.js';
import { RecordRefund } from './record-refund.js';
import { RefundReturn } from './refund-return.js';
import { RequestRefund } from './request-refund.js';
import { CapturedPaymentsAdapter } from '../adapters/captured-payments.adapter.js';
import { PerformAction } from './perform-action.js';
import { ScheduleAction } from './schedule-action.js';
import { SubmitRefund } from './submit-refund.js';
import { ReceiveWebhook } from './receive-webhook.js';
import { ReconcileLedgers } from './reconcile-ledgers.js';
import { ReconcileOnSchedule } from './reconcile-on-schedule.js';
import { ReconcilePayment } from './reconcile-payment.js';
import { RecordDispute } from './record-dispute.js';
import { RecordForeignRefund } from './record-foreign-refund.js';
import { RecordOutcomes } from './record-outcomes.js';
import { ScheduleReconciliation } from './schedule-reconciliation.js';
import { SettleDifference } from './settle-difference.js';
import { StartAttempt } from './start-attempt.js';

export const amount = Money.of(1_999, 'EUR' as Currency);

export const captured = (paymentId: Id<'pay'>): AttemptMove => ({
  paymentId,
  to: 'captured',
  providerReference: `ref-${paymentId}`,
  captured: amount,
});

export const declined = (paymentId: Id<'pay'>): AttemptMove => ({
  paymentId,
  to: 'declined',
  providerReference: `ref-${paymentId}`,
  declineCode: 'card_declined',
});

export const aPayment = (paymentId: Id<'pay'>, token: string, orderId = newId('order')): NewPayment => ({
  paymentId,
  orderId,
  amount,
  token,
  capture: 'automatic',
  since: new Date(),
});

interface Opening {
  readonly orderId?: Id<'order'>;
  readonly attemptsMax?: number;
}

/** The other side of the contract, of which only this is known: what is due, and which orders it was asked to keep. */
export class OrdersElsewhere extends OrderPayments {
  readonly kept: Id<'order'>[] = [];

  override assertAccess(): Promise<Id<'cart'>> {
    return Promise.resolve(newId('cart'));
  }

  readonly paid = new Map<Id<'order'>, Id<'pay'>>();

  override paidBy(_db: unknown, orderId: Id<'order'>): Promise<Id<'pay'> | null> {
    return Promise.resolve(this.paid.get(orderId) ?? null);
  }

  override start(): Promise<Money> {
    return Promise.resolve(amount);
  }

  override failed(): Promise<void> {
    return Promise.resolve();
  }

  override extendWhilePaymentPending(_tx: unknown, orderId: Id<'order'>): Promise<void> {
    this.kept.push(orderId);
    return Promise.resolve();
  }
}

const PERSISTENCE = [MessagingModule.schema, paymentSchema];

/** Attempts and the sandbox's books in a database of their own, without orders. */
export class PaymentBench {
  readonly transactions: Transactions;
  readonly sandbox: SandboxProvider;

  private constructor(
    private readonly database: TestDatabase,
    private readonly opened: TestingModule,
  ) {
    this.transactions = opened.get(Transactions);
    this.sandbox = opened.get(SandboxProvider);
  }

  static async open(env: Readonly<Record<string, string>> = {}): Promise<PaymentBench> {
    const database = await createTestDatabase(PERSISTENCE);
    const opened = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(loadConfig({ LOG_LEVEL: 'silent', DATABASE_URL: database.url, ...env })),
        DatabaseModule.forRoot('spec', PERSISTENCE),
        ObservabilityModule,
        MessagingModule.forRoot({ events }),
        MessagingModule,
      ],
      providers: [
        { provide: OrderPayments, useClass: OrdersElsewhere },
        ...paymentProviders,
        ReceiveWebhook,
        ApplyWebhook,
        RecordDispute,
        RecordForeignRefund,
        RecordRefund,
        RequestRefund,
        RefundReturn,
        CaptureShipped,
        SubmitRefund,
        StartAttempt,
        RecordOutcomes,
        CapturedPaymentsAdapter,
        ScheduleAction,
        PerformAction,
        FindOutcome,
        ReconcilePayment,
        SettleDifference,
        ReconcileLedgers,
        ScheduleReconciliation,
        ReconcileOnSchedule,
      ],
    }).compile();
    return new PaymentBench(database, await opened.init());
  }

  get<T>(token: Type<T> | Abstract<T>): T {
    return this.opened.get(token, { strict: false });
  }

  async close(): Promise<void> {
    await this.opened.close();
    await this.database.drop();
  }

  /** An attempt that is about to be sent to the provider. */
  async anAttempt({ orderId = newId('order'), attemptsMax = 10 }: Opening = {}) {
    const paymentId = newId('pay');
    const payment = aPayment(paymentId, 'tok_success', orderId);
    const attempt = { ...payment, provider: 'sandbox', actor: 'guest', attemptsMax };
    const since = await this.transactions.run((tx) => insertAttempt(tx, attempt));
    return { paymentId, orderId, opens: since !== undefined };
  }

  move(...moves: AttemptMove[]): Promise<MovedAttempt[]> {
    return this.transactions.run((tx) => transitionAttempts(tx, moves, 'provider'));
  }
}
