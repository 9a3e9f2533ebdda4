import { Module, type DynamicModule } from '@nestjs/common';
import { Config } from '#config';
import type { Persistence } from '#database';
import { HealthChecks, Metrics } from '#observability';
import { DriverLocks } from './driver-locks.js';
import { makeDriver } from './drivers/registry.js';
import { Leases } from './leases.js';
import { LockOrder } from './lock-order.js';
import { LockTelemetry } from './lock-telemetry.js';
import { Locks } from './locks.js';
import { Locks1764000080001 } from './migrations/locks.js';
import { SwitchedOffLocks } from './switched-off-locks.js';

/** How long the start of a process waits for the lock service. It goes on without; the policies of each use say what that means. */
const OPEN_LIMIT_MS = 1_000;

@Module({})
export class LockingModule {
  /** The driver `postgres`, and the record of forced releases whatever the driver. */
  static readonly persistence: Persistence = { entities: [], migrations: [Locks1764000080001] };

  /** @param options.order the lock domains, outermost first: a lock may be taken inside locks of earlier domains only */
  static forRoot(options: { readonly order: readonly string[] }): DynamicModule {
    return {
      module: LockingModule,
      global: true,
      providers: [
        {
          provide: Locks,
          inject: [Config, Metrics, HealthChecks],
          useFactory: (config: Config, metrics: Metrics, health: HealthChecks) =>
            openLocks(config, new LockOrder(options.order), { metrics, health }),
        },
      ],
      exports: [Locks],
    };
  }
}

async function openLocks(
  config: Config,
  order: LockOrder,
  observe: { metrics: Metrics; health: HealthChecks },
): Promise<Locks> {
  if (config.LOCK_DRIVER === 'none') return new SwitchedOffLocks(order);
  const driver = await makeDriver(config.LOCK_DRIVER, config);
  await driver.open(OPEN_LIMIT_MS);
  observe.health.register({ name: driver.name, critical: false, check: () => driver.check() });
  const telemetry = new LockTelemetry(observe.metrics);
  return new DriverLocks(new Leases(driver, telemetry), order, telemetry);
}
