import { Module, type DynamicModule } from '@nestjs/common';
import { Config, InvalidSetting } from '#config';
import { LockOrder } from './lock-order.js';
import { Locks } from './locks.js';
import { SwitchedOffLocks } from './switched-off-locks.js';

@Module({})
export class LockingModule {
  /** @param options.order the lock domains, outermost first: a lock may be taken inside locks of earlier domains only */
  static forRoot(options: { readonly order: readonly string[] }): DynamicModule {
    return {
      module: LockingModule,
      global: true,
      providers: [
        { provide: Locks, inject: [Config], useFactory: (config: Config) => makeLocks(config, options.order) },
      ],
      exports: [Locks],
    };
  }
}

function makeLocks(config: Config, order: readonly string[]): Locks {
  if (config.LOCK_DRIVER === 'none') return new SwitchedOffLocks(new LockOrder(order));
  throw new InvalidSetting('LOCK_DRIVER', `${config.LOCK_DRIVER} is not built in yet; use none`);
}
