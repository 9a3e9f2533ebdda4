import { Module, type DynamicModule } from '@nestjs/common';
import { CartWorker } from '#cart';
import type { Config } from '#config';
import { HttpWorker } from '#http';
import { MessagingWorker } from '#messaging';
import { foundation } from '../../shop.js';
import { inventoryWorker, orderWorker, paymentWorker, pricingWorker } from '../../wiring.js';
import { InvariantsMetric } from './invariants-metric.js';

/** Consumers, the outbox relay and timers; no routes but health and metrics. */
@Module({
  imports: [HttpWorker, MessagingWorker, inventoryWorker, CartWorker, orderWorker, paymentWorker, pricingWorker],
  providers: [InvariantsMetric],
})
export class WorkerModule {
  static forRoot(config: Config): DynamicModule {
    return { module: WorkerModule, imports: foundation(config, 'holdfast-worker') };
  }
}
