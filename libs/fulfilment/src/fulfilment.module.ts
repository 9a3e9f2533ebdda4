import { Module } from '@nestjs/common';
import { FulfilledGoods } from '#contracts';
import type { Invariant, ModuleSchema } from '#database';
import { HttpModule } from '#http';
import { problemsOf, type ProblemType } from '#kernel';
import { MessagingModule } from '#messaging';
import { FulfilledGoodsAdapter } from './adapters/fulfilled-goods.adapter.js';
import * as errors from './domain/fulfilment.errors.js';
import { BuyerReturnsController } from './http/buyer-returns.controller.js';
import { BuyerShipmentsController } from './http/buyer-shipments.controller.js';
import { FulfilledOrderAccess } from './http/order-access.js';
import { OrderReturnsController } from './http/order-returns.controller.js';
import { OrderShipmentsController } from './http/order-shipments.controller.js';
import { ReturnDecisionsController } from './http/return-decisions.controller.js';
import { ReturnsController } from './http/returns.controller.js';
import { ShipmentChangesController } from './http/shipment-changes.controller.js';
import { ShipmentsController } from './http/shipments.controller.js';
import { GoodsReturn, ReturnLine } from './persistence/goods-return.entity.js';
import { fulfilmentInvariants } from './persistence/invariants.js';
import { Fulfilment1764000350001 } from './persistence/migrations/1764000350001-fulfilment.js';
import { ReturnRepository } from './persistence/return.repository.js';
import { Shipment, ShipmentLine } from './persistence/shipment.entity.js';
import { ShipmentRepository } from './persistence/shipment.repository.js';
import { CancelReturn } from './use-cases/cancel-return.js';
import { CorrectTracking } from './use-cases/correct-tracking.js';
import { DeliverShipment } from './use-cases/deliver-shipment.js';
import { ListReturns } from './use-cases/list-returns.js';
import { ListShipments } from './use-cases/list-shipments.js';
import { ReceiveReturn } from './use-cases/receive-return.js';
import { ReadReturn } from './use-cases/read-return.js';
import { ReadShipment } from './use-cases/read-shipment.js';
import { RequestReturn } from './use-cases/request-return.js';
import { ShipOrder } from './use-cases/ship-order.js';

const USE_CASES = [
  ShipOrder,
  DeliverShipment,
  CorrectTracking,
  ReadShipment,
  ListShipments,
  RequestReturn,
  ReceiveReturn,
  CancelReturn,
  ReadReturn,
  ListReturns,
];

/** Asks the ports `OrderFulfilments` and `OrderPayments`. */
@Module({
  imports: [MessagingModule],
  providers: [
    { provide: FulfilledGoods, useClass: FulfilledGoodsAdapter },
    ShipmentRepository,
    ReturnRepository,
    ...USE_CASES,
  ],
  exports: [FulfilledGoods, ...USE_CASES],
})
export class FulfilmentModule {
  static readonly problems: readonly ProblemType[] = problemsOf(errors);
  /** It has those of orders. */
  static readonly scopes: readonly string[] = [];
  static readonly schema: ModuleSchema = {
    entities: [Shipment, ShipmentLine, GoodsReturn, ReturnLine],
    migrations: [Fulfilment1764000350001],
  };
  static readonly invariants: readonly Invariant[] = fulfilmentInvariants;
}

/** Asks the port `OrderPayments`. */
@Module({
  imports: [HttpModule],
  controllers: [
    OrderShipmentsController,
    ShipmentsController,
    ShipmentChangesController,
    OrderReturnsController,
    ReturnsController,
    ReturnDecisionsController,
    BuyerShipmentsController,
    BuyerReturnsController,
  ],
  providers: [FulfilledOrderAccess],
})
export class FulfilmentApi {}
