import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '#config';
import { HttpApi, HttpModule } from '#http';
import { InventoryApi } from '#inventory';
import { LockingModule } from '#locking';
import { MessagingModule } from '#messaging';
import { PricingApi } from '#pricing';
import { foundation } from '../../shop.js';
import { cartApi, catalogApi, fulfilmentApi, orderApi, paymentApi } from '../../wiring.js';
import { AuditController } from './audit.controller.js';
import { DeadLetterDecisionsController } from './dead-letter-decisions.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { EventDocsController } from './event-docs.controller.js';
import { InvariantsController } from './invariants.controller.js';
import { LocksController } from './locks.controller.js';
import { OutboxController } from './outbox.controller.js';
import { ReleaseLock } from './release-lock.js';

/** HTTP only: as many of these as the shop needs, none of which keeps anything. */
@Module({
  imports: [
    HttpModule,
    HttpApi,
    LockingModule,
    MessagingModule,
    catalogApi,
    InventoryApi,
    PricingApi,
    cartApi,
    orderApi,
    paymentApi,
    fulfilmentApi,
  ],
  providers: [ReleaseLock],
  controllers: [
    AuditController,
    EventDocsController,
    InvariantsController,
    LocksController,
    DeadLettersController,
    DeadLetterDecisionsController,
    OutboxController,
  ],
})
export class ApiModule {
  static forRoot(config: Config): DynamicModule {
    return { module: ApiModule, imports: foundation(config, 'holdfast-api') };
  }
}
