import { Module } from '@nestjs/common';
import { ConfirmedOrders, EndedOrders, OrderFulfilments, OrderPayments } from '#contracts';
import type { ModuleSchema } from '#database';
import { HttpModule } from '#http';
import { problemsOf, type ProblemType } from '#kernel';
import { MessagingModule } from '#messaging';
import * as deliveryErrors from './domain/delivery.errors.js';
import * as errors from './domain/order.errors.js';
import { ConfirmedOrdersAdapter } from './adapters/confirmed-orders.adapter.js';
import { EndedOrdersAdapter } from './adapters/ended-orders.adapter.js';
import { OnHoldExpiryDueConsumer } from './consumers/on-hold-expiry-due.consumer.js';
import { OnPaymentCapturedConsumer } from './consumers/on-payment-captured.consumer.js';
import { OnPaymentAuthorizedConsumer } from './consumers/on-payment-authorized.consumer.js';
import { OnPaymentVoidedConsumer } from './consumers/on-payment-voided.consumer.js';
import { OnPaymentDisputedConsumer } from './consumers/on-payment-disputed.consumer.js';
import { OnPaymentRefundFailedConsumer } from './consumers/on-payment-refund-failed.consumer.js';
import { OnPaymentRefundedConsumer } from './consumers/on-payment-refunded.consumer.js';
import { OnCancellingDueConsumer } from './consumers/on-cancelling-due.consumer.js';
import { OnShortageDueConsumer } from './consumers/on-shortage-due.consumer.js';
import { OnStockShortedConsumer } from './consumers/on-stock-shorted.consumer.js';
import { OnShortPaymentDueConsumer } from './consumers/on-short-payment-due.consumer.js';
import { CancelController } from './http/cancel.controller.js';
import { OrderAuditController } from './http/order-audit.controller.js';
import { StaffOrderController } from './http/staff-order.controller.js';
import { CheckoutController } from './http/checkout.controller.js';
import { CheckoutAccess, OrderAccess } from './http/order-access.js';
import { StaffOrdersController } from './http/staff-orders.controller.js';
import { OrderStreamController } from './http/order-stream.controller.js';
import { OrderStreams } from './http/order-streams.js';
import { OrderController } from './http/order.controller.js';
import { orderInvariants } from './persistence/invariants.js';
import { Orders1764000040001 } from './persistence/migrations/1764000040001-orders.js';
import { FreeOrders1764000140003 } from './persistence/migrations/1764000140003-free-orders.js';
import { OrderSequences1764000160001 } from './persistence/migrations/1764000160001-order-sequences.js';
import { HistoryNotifications1764000380001 } from './persistence/migrations/1764000380001-history-notifications.js';
import { OrderSearch1764000380002 } from './persistence/migrations/1764000380002-order-search.js';
import { HistoryFulfilment1764000170003 } from './persistence/migrations/1764000170003-history-fulfilment.js';
import { OrderCharges1764000310004 } from './persistence/migrations/1764000310004-order-charges.js';
import { OrderCallers1764000170001 } from './persistence/migrations/1764000170001-order-callers.js';
import { HoldReminders1764000140002 } from './persistence/migrations/1764000140002-hold-reminders.js';
import { OrderLife1764000210012 } from './persistence/migrations/1764000210012-order-life.js';
import { OrderRepository } from './persistence/order.repository.js';
import { Order, OrderEvent, OrderLine } from './persistence/order.entity.js';
import { OrderFulfilmentsAdapter } from './adapters/order-fulfilments.adapter.js';
import { OrderPaymentsAdapter } from './adapters/order-payments.adapter.js';
import { CancelOrder } from './use-cases/cancel-order.js';
import { CancelVoided } from './use-cases/cancel-voided.js';
import { ConfirmAuthorized } from './use-cases/confirm-authorized.js';
import { ConfirmOrders } from './use-cases/confirm-orders.js';
import { EndPayment } from './use-cases/end-payment.js';
import { ExpireHolds } from './use-cases/expire-holds.js';
import { ExpireOrders } from './use-cases/expire-orders.js';
import { FinishCancelling } from './use-cases/finish-cancelling.js';
import { GiveUpOrder } from './use-cases/give-up-order.js';
import { HoldOrder } from './use-cases/hold-order.js';
import { NoteShortages } from './use-cases/note-shortages.js';
import { ReleaseOrder } from './use-cases/release-order.js';
import { StopShortedOrders } from './use-cases/stop-shorted-orders.js';
import { HoldShortOrder } from './use-cases/hold-short-order.js';
import { ListOrders } from './use-cases/list-orders.js';
import { NoteDisputes } from './use-cases/note-disputes.js';
import { OrderHolds } from './use-cases/order-holds.js';
import { NoteFailedRefunds } from './use-cases/note-failed-refunds.js';
import { NoteRefunds } from './use-cases/note-refunds.js';
import { PlaceOrders } from './use-cases/place-orders.js';
import { QuoteCarts } from './use-cases/quote-carts.js';
import { ReadOrder } from './use-cases/read-order.js';
import { RefuseShortPayments } from './use-cases/refuse-short-payments.js';
import { SearchOrders } from './use-cases/search-orders.js';
import { ReadTimeline } from './use-cases/read-timeline.js';

const PORTS = [
  { provide: OrderPayments, useClass: OrderPaymentsAdapter },
  { provide: OrderFulfilments, useClass: OrderFulfilmentsAdapter },
  { provide: ConfirmedOrders, useClass: ConfirmedOrdersAdapter },
  { provide: EndedOrders, useClass: EndedOrdersAdapter },
];

const USE_CASES = [
  OrderHolds,
  QuoteCarts,
  PlaceOrders,
  ConfirmOrders,
  ConfirmAuthorized,
  CancelVoided,
  HoldShortOrder,
  RefuseShortPayments,
  EndPayment,
  NoteRefunds,
  NoteFailedRefunds,
  NoteDisputes,
  ExpireOrders,
  ExpireHolds,
  CancelOrder,
  GiveUpOrder,
  FinishCancelling,
  HoldOrder,
  ReleaseOrder,
  StopShortedOrders,
  NoteShortages,
  ReadOrder,
  ListOrders,
  ReadTimeline,
  SearchOrders,
];

/**
 * Asks the ports `CheckoutCarts`, `ProductCatalog`, `DeliveryMethods`, `TaxRates`, `Discounts`, `StockReservations` and
 * `CapturedPayments`.
 */
@Module({
  imports: [MessagingModule],
  providers: [...PORTS, OrderRepository, ...USE_CASES],
  exports: [OrderPayments, OrderFulfilments, ConfirmedOrders, EndedOrders, ...USE_CASES],
})
export class OrderModule {
  static readonly problems: readonly ProblemType[] = [...problemsOf(errors), ...problemsOf(deliveryErrors)];
  static readonly scopes: readonly string[] = ['orders:read', 'orders:write'];
  static readonly schema: ModuleSchema = {
    entities: [Order, OrderLine, OrderEvent],
    migrations: [
      Orders1764000040001,
      HoldReminders1764000140002,
      FreeOrders1764000140003,
      OrderSequences1764000160001,
      OrderCallers1764000170001,
      HistoryFulfilment1764000170003,
      OrderLife1764000210012,
      OrderCharges1764000310004,
      HistoryNotifications1764000380001,
      OrderSearch1764000380002,
    ],
  };
  static readonly invariants = orderInvariants;
}

/** Asks the port `CheckoutCarts`. */
@Module({
  imports: [HttpModule],
  controllers: [
    CheckoutController,
    CancelController,
    StaffOrderController,
    StaffOrdersController,
    OrderAuditController,
    OrderController,
    OrderStreamController,
  ],
  providers: [OrderAccess, CheckoutAccess, OrderStreams],
})
export class OrderApi {}

/** Hears of payments and ends what nobody paid. Asks the port `CapturedPayments`. */
@Module({
  controllers: [
    OnPaymentCapturedConsumer,
    OnPaymentRefundedConsumer,
    OnPaymentRefundFailedConsumer,
    OnPaymentAuthorizedConsumer,
    OnPaymentVoidedConsumer,
    OnPaymentDisputedConsumer,
    OnShortPaymentDueConsumer,
    OnHoldExpiryDueConsumer,
    OnCancellingDueConsumer,
    OnStockShortedConsumer,
    OnShortageDueConsumer,
  ],
})
export class OrderWorker {}
