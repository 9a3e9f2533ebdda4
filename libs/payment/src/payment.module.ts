import { Module } from '@nestjs/common';
import { CapturedPayments } from '#contracts';
import type { Invariant, ModuleSchema } from '#database';
import { HttpModule } from '#http';
import { problemsOf, type ProblemType } from '#kernel';
import { MessagingModule } from '#messaging';
import * as errors from './domain/payment.errors.js';
import * as refundErrors from './domain/refund.errors.js';
import { CapturedPaymentsAdapter } from './adapters/captured-payments.adapter.js';
import { OnPaymentActionDueConsumer } from './consumers/on-payment-action-due.consumer.js';
import { OnStatusCheckDueConsumer } from './consumers/on-status-check-due.consumer.js';
import { OnWebhookReceivedConsumer } from './consumers/on-webhook-received.consumer.js';
import { OnReconciliationDueConsumer } from './consumers/on-reconciliation-due.consumer.js';
import { OnReturnReceivedConsumer } from './consumers/on-return-received.consumer.js';
import { OnShipmentShippedConsumer } from './consumers/on-shipment-shipped.consumer.js';
import { OnRefundDueConsumer } from './consumers/on-refund-due.consumer.js';
import { PaidOrderAccess } from './http/order-access.js';
import { AuthorizedController } from './http/authorized.controller.js';
import { PaymentController } from './http/payment.controller.js';
import { PaymentDecisionsController } from './http/payment-decisions.controller.js';
import { RefundController } from './http/refund.controller.js';
import { StaffPaymentController } from './http/staff-payment.controller.js';
import { StaffRefundController } from './http/staff-refund.controller.js';
import { StaffWebhookController } from './http/staff-webhook.controller.js';
import { WebhookController } from './http/webhook.controller.js';
import { paymentInvariants } from './persistence/invariants.js';
import { WaitingForPersonGauge } from './persistence/waiting-for-person.gauge.js';
import { LedgerGauge } from './persistence/ledger-differences.gauge.js';
import { paymentSchema } from './persistence/payment-schema.js';
import { OnSandboxDisputeDueConsumer } from './providers/sandbox/on-sandbox-dispute-due.consumer.js';
import { OnSandboxTaskDueConsumer } from './providers/sandbox/on-sandbox-task-due.consumer.js';
import { sandboxInvariants } from './providers/sandbox/sandbox-invariants.js';
import { SandboxPageController } from './providers/sandbox/sandbox-page.controller.js';
import { paymentProviders } from './providers/set-up-providers.js';
import { ApplyWebhook } from './use-cases/apply-webhook.js';
import { CheckPayment } from './use-cases/check-payment.js';
import { FailPayment } from './use-cases/fail-payment.js';
import { RetryRefund } from './use-cases/retry-refund.js';
import { SettleParkedWebhook } from './use-cases/settle-parked-webhook.js';
import { DecideAuthorized } from './use-cases/decide-authorized.js';
import { PerformAction } from './use-cases/perform-action.js';
import { ScheduleAction } from './use-cases/schedule-action.js';
import { FindOutcome } from './use-cases/find-outcome.js';
import { ReconcileLedgers } from './use-cases/reconcile-ledgers.js';
import { ReconcileOnSchedule } from './use-cases/reconcile-on-schedule.js';
import { ReconcilePayment } from './use-cases/reconcile-payment.js';
import { PayOrder } from './use-cases/pay-order.js';
import { ReadPayment } from './use-cases/read-payment.js';
import { ReceiveWebhook } from './use-cases/receive-webhook.js';
import { RecordDispute } from './use-cases/record-dispute.js';
import { RecordForeignRefund } from './use-cases/record-foreign-refund.js';
import { RecordOutcomes } from './use-cases/record-outcomes.js';
import { RecordRefund } from './use-cases/record-refund.js';
import { RefundOrder } from './use-cases/refund-order.js';
import { CaptureShipped } from './use-cases/capture-shipped.js';
import { RefundReturn } from './use-cases/refund-return.js';
import { RequestRefund } from './use-cases/request-refund.js';
import { ScheduleReconciliation } from './use-cases/schedule-reconciliation.js';
import { SettleDifference } from './use-cases/settle-difference.js';
import { SubmitRefund } from './use-cases/submit-refund.js';
import { StartAttempt } from './use-cases/start-attempt.js';

const USE_CASES = [
  StartAttempt,
  PayOrder,
  ReadPayment,
  RecordOutcomes,
  FindOutcome,
  ReconcilePayment,
  CheckPayment,
  FailPayment,
  DecideAuthorized,
  PerformAction,
  CaptureShipped,
  RefundOrder,
  RefundReturn,
  RetryRefund,
  SubmitRefund,
  RecordRefund,
  RecordForeignRefund,
  RecordDispute,
  ReceiveWebhook,
  ApplyWebhook,
  SettleParkedWebhook,
  SettleDifference,
  ReconcileLedgers,
];

/** What has been captured, and giving it back. It asks nobody, so that orders can ask it. */
@Module({
  imports: [MessagingModule],
  providers: [{ provide: CapturedPayments, useClass: CapturedPaymentsAdapter }, RequestRefund, ScheduleAction],
  exports: [CapturedPayments, RequestRefund, ScheduleAction],
})
export class RefundModule {}

/** Takes the money of orders: attempts, the provider, and what became of attempts whose answer was lost. Asks the port `OrderPayments`. */
@Module({
  imports: [MessagingModule, RefundModule],
  providers: [...paymentProviders, ...USE_CASES],
  exports: [...paymentProviders, ...USE_CASES],
})
export class PaymentModule {
  static readonly problems: readonly ProblemType[] = [...problemsOf(errors), ...problemsOf(refundErrors)];
  static readonly scopes: readonly string[] = ['payments:write'];
  static readonly schema: ModuleSchema = paymentSchema;

  static readonly invariants: readonly Invariant[] = [...paymentInvariants, ...sandboxInvariants];
}

/** Asks the port `OrderPayments`. */
@Module({
  imports: [HttpModule],
  controllers: [
    PaymentController,
    RefundController,
    StaffPaymentController,
    PaymentDecisionsController,
    AuthorizedController,
    StaffRefundController,
    StaffWebhookController,
    WebhookController,
    SandboxPageController,
  ],
  providers: [PaidOrderAccess],
})
export class PaymentApi {}

/** Asks the port `FulfilledGoods`. */
@Module({
  imports: [MessagingModule],
  controllers: [
    OnStatusCheckDueConsumer,
    OnPaymentActionDueConsumer,
    OnSandboxTaskDueConsumer,
    OnSandboxDisputeDueConsumer,
    OnWebhookReceivedConsumer,
    OnRefundDueConsumer,
    OnReconciliationDueConsumer,
    OnShipmentShippedConsumer,
    OnReturnReceivedConsumer,
  ],
  providers: [WaitingForPersonGauge, LedgerGauge, ScheduleReconciliation, ReconcileOnSchedule],
})
export class PaymentWorker {}
