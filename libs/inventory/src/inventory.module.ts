import { Module } from '@nestjs/common';
import { StockAvailability, StockReceipts, StockReservations } from '#contracts';
import type { ModuleSchema } from '#database';
import { HttpModule } from '#http';
import { problemsOf, type ProblemType } from '#kernel';
import { MessagingModule } from '#messaging';
import * as errors from './domain/inventory.errors.js';
import { StockAvailabilityAdapter } from './adapters/stock-availability.adapter.js';
import { OnOrderConfirmedConsumer } from './consumers/on-order-confirmed.consumer.js';
import { OnReturnReceivedConsumer } from './consumers/on-return-received.consumer.js';
import { OnShipmentShippedConsumer } from './consumers/on-shipment-shipped.consumer.js';
import { LocationsController } from './http/locations.controller.js';
import { ReservationsController } from './http/reservations.controller.js';
import { StockChangesController } from './http/stock-changes.controller.js';
import { StockController } from './http/stock.controller.js';
import { StockPlacesController } from './http/stock-places.controller.js';
import { StockQueries } from './http/stock-queries.js';
import { stockInvariants } from './persistence/invariants.js';
import { ReservationSequences1764000160003 } from './persistence/migrations/1764000160003-reservation-sequences.js';
import { FirstHoldEnds1764000170002 } from './persistence/migrations/1764000170002-first-hold-ends.js';
import { StockShortages1764000210011 } from './persistence/migrations/1764000210011-stock-shortages.js';
import { Consumption1764000210012 } from './persistence/migrations/1764000210012-consumption.js';
import { Locations1764000210013 } from './persistence/migrations/1764000210013-locations.js';
import { StockPolicy1764000210014 } from './persistence/migrations/1764000210014-stock-policy.js';
import { Stock1764000020001 } from './persistence/migrations/1764000020001-stock.js';
import { StockReceiptsAdapter } from './adapters/stock-receipts.adapter.js';
import { StockReservationsAdapter } from './adapters/stock-reservations.adapter.js';
import { StockLevel } from './persistence/stock-level.entity.js';
import { StockLocation } from './persistence/stock-location.entity.js';
import { StockMovement } from './persistence/stock-movement.entity.js';
import { AdjustStock } from './use-cases/adjust-stock.js';
import { BackAgain } from './use-cases/back-again.js';
import { CommitStock } from './use-cases/commit-stock.js';
import { ConsumeStock } from './use-cases/consume-stock.js';
import { CountStock } from './use-cases/count-stock.js';
import { ExtendHold } from './use-cases/extend-hold.js';
import { HoldStock } from './use-cases/hold-stock.js';
import { ReceiveReturn } from './use-cases/receive-return.js';
import { ReleaseStock } from './use-cases/release-stock.js';
import { SaveLocation } from './use-cases/save-location.js';
import { SetStockPolicy } from './use-cases/set-stock-policy.js';
import { TransferStock } from './use-cases/transfer-stock.js';

@Module({
  imports: [MessagingModule],
  providers: [
    { provide: StockReservations, useClass: StockReservationsAdapter },
    { provide: StockAvailability, useClass: StockAvailabilityAdapter },
    { provide: StockReceipts, useClass: StockReceiptsAdapter },
    HoldStock,
    ExtendHold,
    ReleaseStock,
    CommitStock,
    BackAgain,
    AdjustStock,
    CountStock,
    TransferStock,
    SetStockPolicy,
    SaveLocation,
  ],
  exports: [
    StockReservations,
    StockAvailability,
    StockReceipts,
    CommitStock,
    AdjustStock,
    CountStock,
    TransferStock,
    SetStockPolicy,
    SaveLocation,
  ],
})
export class InventoryModule {
  static readonly problems: readonly ProblemType[] = problemsOf(errors);
  static readonly scopes: readonly string[] = ['stock:read', 'stock:write'];
  static readonly schema: ModuleSchema = {
    entities: [StockLevel, StockLocation, StockMovement],
    migrations: [
      Stock1764000020001,
      ReservationSequences1764000160003,
      FirstHoldEnds1764000170002,
      StockShortages1764000210011,
      Consumption1764000210012,
      Locations1764000210013,
      StockPolicy1764000210014,
    ],
  };
  static readonly invariants = stockInvariants;
}

@Module({
  imports: [HttpModule, InventoryModule],
  controllers: [
    StockController,
    StockChangesController,
    StockPlacesController,
    ReservationsController,
    LocationsController,
  ],
  providers: [StockQueries],
})
export class InventoryApi {}

/** Asks the ports `ConfirmedOrders` and `FulfilledGoods`. */
@Module({
  imports: [MessagingModule, InventoryModule],
  controllers: [OnOrderConfirmedConsumer, OnShipmentShippedConsumer, OnReturnReceivedConsumer],
  providers: [ConsumeStock, ReceiveReturn],
})
export class InventoryWorker {}
