import { Module, type DynamicModule } from '@nestjs/common';
import { StockAvailability, StockReceipts, StockReservations } from '#contracts';
import type { Persistence } from '#database';
import { Availability } from './availability.js';
import { OnOrderConfirmedConsumer } from './consumers/on-order-confirmed.consumer.js';
import { StockChangesController } from './http/stock-changes.controller.js';
import { StockController } from './http/stock.controller.js';
import { StockQueries } from './http/stock-queries.js';
import { stockInvariants } from './invariants.js';
import { Stock1764000020001 } from './migrations/1764000020001-stock.js';
import { Receipts } from './receipts.js';
import { Reservations } from './reservations.js';
import { StockLevel } from './stock-level.entity.js';
import { StockMovement } from './stock-movement.entity.js';
import { StockReservation } from './stock-reservation.entity.js';
import { AdjustStock } from './use-cases/adjust-stock.js';
import { CommitStock } from './use-cases/commit-stock.js';
import { CountStock } from './use-cases/count-stock.js';
import { ExtendHold } from './use-cases/extend-hold.js';
import { HoldStock } from './use-cases/hold-stock.js';
import { ReleaseStock } from './use-cases/release-stock.js';

const CONTROLLERS = { api: [StockController, StockChangesController], worker: [OnOrderConfirmedConsumer], cli: [] };

@Module({})
export class InventoryModule {
  static readonly persistence: Persistence = {
    entities: [StockLevel, StockMovement, StockReservation],
    migrations: [Stock1764000020001],
  };
  static readonly invariants = stockInvariants;

  static register(role: 'api' | 'worker' | 'cli'): DynamicModule {
    return {
      module: InventoryModule,
      global: true,
      controllers: CONTROLLERS[role],
      providers: [
        { provide: StockReservations, useClass: Reservations },
        { provide: StockAvailability, useClass: Availability },
        { provide: StockReceipts, useClass: Receipts },
        HoldStock,
        ExtendHold,
        ReleaseStock,
        CommitStock,
        AdjustStock,
        CountStock,
        StockQueries,
      ],
      exports: [StockReservations, StockAvailability, StockReceipts],
    };
  }
}
