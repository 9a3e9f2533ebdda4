import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '#config';
import { shopModules } from '../../shop.js';

/** Consumers, the outbox relay and timers; no routes but health and metrics. */
@Module({})
export class WorkerModule {
  static forRoot(config: Config): DynamicModule {
    return { module: WorkerModule, imports: shopModules(config, 'worker') };
  }
}
