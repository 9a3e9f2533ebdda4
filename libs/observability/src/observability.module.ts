import { Global, Module } from '@nestjs/common';
import { HealthChecks } from './health-checks.js';
import { Metrics } from './metrics.js';

@Global()
@Module({
  providers: [
    { provide: Metrics, useFactory: () => new Metrics() },
    { provide: HealthChecks, useFactory: () => new HealthChecks() },
  ],
  exports: [Metrics, HealthChecks],
})
export class ObservabilityModule {}
