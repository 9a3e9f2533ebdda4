import { Module } from '@nestjs/common';
import { StockAvailability, StockReceipts, StockReservations } from '#contracts';
import type { ModuleSchema } from '#database';
import { HttpModule } from '#http';
import { problemsOf, type ProblemType } from '#kernel';
import { MessagingModule } from '#messaging';
import * as errors from './domain/inventory.errors.js';
import { StockAvailabilityAdapter } from './adapters/stock-availability.adapter.js';
import { OnOrderConfirmedConsumer } from './consumers/on-order-confirmed.consumer.js';
import { StockChangesController } from './http/stock-changes.controller.js';
import { StockController } from './http/stock.controller.js';
import { StockQueries } from './http/stock-queries.js';
import { stockInvariants } from './persistence/invariants.js';
import { ReservationSequences1764000160003 } from './persistence/migrations/1764000160003-reservation-sequences.js';
import { FirstHoldEnds1764000170002 } from './persistence/migrations/1764000170002-first-hold-ends.js';
import { StockShortages1764000210011 } from './persistence/migrations/1764000210011-stock-shortages.js';
import { Stock1764000020001 } from './persistence/migrations/1764000020001-stock.js';
import { StockReceiptsAdapter } from './adapters/stock-receipts.adapter.js';
import { StockReservationsAdapter } from './adapters/stock-reservations.adapter.js';
import { StockLevel } from './persistence/stock-level.entity.js';
import { StockMovement } from './persistence/stock-movement.entity.js';
import { StockReservation } from './persistence/stock-reservation.entity.js';
import { AdjustStock } from './use-cases/adjust-stock.js';
import { BackAgain } from './use-cases/back-again.js';
import { CommitStock } from './use-cases/commit-stock.js';
import { CountStock } from './use-cases/count-stock.js';
import { ExtendHold } from './use-cases/extend-hold.js';
import { HoldStock } from './use-cases/hold-stock.js';
import { ReleaseStock } from './use-cases/release-stock.js';

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
  ],
  exports: [StockReservations, StockAvailability, StockReceipts, CommitStock, AdjustStock, CountStock],
})
export class InventoryModule {
  static readonly problems: readonly ProblemType[] = problemsOf(errors);
  static readonly scopes: readonly string[] = ['stock:read', 'stock:write'];
  static readonly schema: ModuleSchema = {
    entities: [StockLevel, StockMovement, StockReservation],
    migrations: [
      Stock1764000020001,
      ReservationSequences1764000160003,
      FirstHoldEnds1764000170002,
      StockShortages1764000210011,
    ],
  };
  static readonly invariants = stockInvariants;
}

@Module({
  imports: [HttpModule, InventoryModule],
  controllers: [StockController, StockChangesController],
  providers: [StockQueries],
})
export class InventoryApi {}

/** Asks the port `ConfirmedOrders`. */
@Module({ imports: [InventoryModule], controllers: [OnOrderConfirmedConsumer] })
export class InventoryWorker {}
