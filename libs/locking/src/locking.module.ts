import { Module, type DynamicModule } from '@nestjs/common';
import { Config } from '#config';
import type { ModuleSchema } from '#database';
import { problemsOf, type ProblemType } from '#kernel';
import { HealthChecks, Metrics } from '#observability';
import { DefaultLocks } from './default-locks.js';
import type { LockDriver } from './drivers/driver.js';
import { makeDriver } from './drivers/registry.js';
import * as errors from './lock.errors.js';
import { LockAdmin } from './lock-admin.js';
import { Leases } from './leases.js';
import { LockOrder } from './lock-order.js';
import { LockTelemetry } from './lock-telemetry.js';
import { Locks } from './locks.js';
import { Locks1764000080001 } from './migrations/locks.js';

/** How long the start of a process waits for the lock service. Then it goes on without; each use's policy says what that means. */
const OPEN_LIMIT_MS = 1_000;

const DRIVER = Symbol('the lock service');

@Module({})
class LockingSettings {}

@Module({
  providers: [
    { provide: DRIVER, inject: [Config], useFactory: openDriver },
    {
      provide: Locks,
      inject: [DRIVER, LockOrder, Metrics, HealthChecks],
      useFactory: makeLocks,
    },
    { provide: LockAdmin, inject: [DRIVER], useFactory: (driver?: LockDriver) => new LockAdmin(driver) },
  ],
  exports: [Locks, LockAdmin],
})
export class LockingModule {
  static readonly problems: readonly ProblemType[] = problemsOf(errors);

  /** Tables of the driver `postgres`. */
  static readonly schema: ModuleSchema = {
    entities: [],
    migrations: [Locks1764000080001],
  };

  /**
   * What a program states once, in its root. Who takes locks imports `LockingModule`.
   *
   * @param options.order the lock domains, outermost first: a lock may only be taken inside locks of earlier domains
   */
  static forRoot({ order }: { readonly order: readonly string[] }): DynamicModule {
    const providers = [{ provide: LockOrder, useValue: new LockOrder(order) }];
    return { module: LockingSettings, global: true, providers, exports: [LockOrder] };
  }
}

function makeLocks(driver: LockDriver | undefined, order: LockOrder, metrics: Metrics, health: HealthChecks): Locks {
  if (driver !== undefined) health.register({ name: driver.name, critical: false, check: () => driver.check() });
  const telemetry = new LockTelemetry(metrics);
  return new DefaultLocks(driver && new Leases(driver, telemetry), order, telemetry);
}

/** `undefined` when locking is switched off. */
async function openDriver(config: Config): Promise<LockDriver | undefined> {
  if (config.LOCK_DRIVER === 'none') return undefined;
  const driver = await makeDriver(config.LOCK_DRIVER, config);
  await driver.open(OPEN_LIMIT_MS);
  return driver;
}
