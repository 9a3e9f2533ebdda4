import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '#config';
import { shopModules } from '../../shop.js';
import { AuditController } from './audit.controller.js';
import { DeadLetterDecisionsController } from './dead-letter-decisions.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { EventDocsController } from './event-docs.controller.js';
import { InvariantsController } from './invariants.controller.js';
import { LocksController } from './locks.controller.js';
import { OutboxController } from './outbox.controller.js';
import { ReleaseLock } from './release-lock.js';

/** HTTP only: as many of these as the shop needs, none of which keeps anything. */
@Module({})
export class ApiModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: ApiModule,
      imports: shopModules(config, 'api'),
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
    };
  }
}
