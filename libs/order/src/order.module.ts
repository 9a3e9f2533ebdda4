import { Module, type DynamicModule } from '@nestjs/common';
import { ConfirmedOrders, OrderPayments } from '#contracts';
import type { Persistence } from '#database';
import { ConfirmedOrdersAdapter } from './adapters/confirmed-orders.adapter.js';
import { CheckoutLocks } from './use-cases/checkout-locks.js';
import { OnHoldDueConsumer } from './consumers/on-hold-due.consumer.js';
import { OnPaymentCapturedConsumer } from './consumers/on-payment-captured.consumer.js';
import { CancelController } from './http/cancel.controller.js';
import { CheckoutController } from './http/checkout.controller.js';
import { CheckoutAccess, OrderAccess } from './http/order-access.js';
import { OrderController } from './http/order.controller.js';
import { orderInvariants } from './persistence/invariants.js';
import { Orders1764000040001 } from './persistence/migrations/1764000040001-orders.js';
import { FreeOrders1764000140003 } from './persistence/migrations/1764000140003-free-orders.js';
import { HoldReminders1764000140002 } from './persistence/migrations/1764000140002-hold-reminders.js';
import { OrderRepository } from './persistence/order.repository.js';
import { Order, OrderFact, OrderLine } from './persistence/order.entity.js';
import { OrderPaymentsAdapter } from './adapters/order-payments.adapter.js';
import { CancelOrder } from './use-cases/cancel-order.js';
import { ConfirmOrders } from './use-cases/confirm-orders.js';
import { EndHolds } from './use-cases/end-holds.js';
import { ExpireOrders } from './use-cases/expire-orders.js';
import { ListOrders } from './use-cases/list-orders.js';
import { PlaceOrders } from './use-cases/place-orders.js';
import { ReadOrder } from './use-cases/read-order.js';
import { ReadTimeline } from './use-cases/read-timeline.js';

const CONTROLLERS = {
  api: [CheckoutController, CancelController, OrderController],
  worker: [OnPaymentCapturedConsumer, OnHoldDueConsumer],
  cli: [],
};

const USE_CASES = [
  PlaceOrders,
  ConfirmOrders,
  ExpireOrders,
  EndHolds,
  CancelOrder,
  ReadOrder,
  ListOrders,
  ReadTimeline,
];

const SERVANTS = { api: [CheckoutLocks, OrderAccess, CheckoutAccess], worker: [], cli: [] };

@Module({})
export class OrderModule {
  static readonly persistence: Persistence = {
    entities: [Order, OrderLine, OrderFact],
    migrations: [Orders1764000040001, HoldReminders1764000140002, FreeOrders1764000140003],
  };
  static readonly invariants = orderInvariants;

  /** The api takes requests; the worker hears of payments and ends what nobody paid. */
  static register(role: 'api' | 'worker' | 'cli'): DynamicModule {
    return {
      module: OrderModule,
      global: true,
      controllers: CONTROLLERS[role],
      providers: [
        { provide: OrderPayments, useClass: OrderPaymentsAdapter },
        { provide: ConfirmedOrders, useClass: ConfirmedOrdersAdapter },
        OrderRepository,
        ...USE_CASES,
        ...SERVANTS[role],
      ],
      exports: [OrderPayments, ConfirmedOrders],
    };
  }
}
