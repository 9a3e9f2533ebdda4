import type { DynamicModule } from '@nestjs/common';
import { auditPersistence } from '#audit';
import { CartModule } from '#cart';
import { CatalogModule } from '#catalog';
import { ConfigModule, type Config } from '#config';
import { events } from '#contracts';
import { DatabaseModule, type Invariant, type Persistence } from '#database';
import { HttpModule } from '#http';
import { InventoryModule } from '#inventory';
import { LockingModule } from '#locking';
import { MessagingModule } from '#messaging';
import { ObservabilityModule } from '#observability';
import { OrderModule } from '#order';
import { PaymentModule } from '#payment';
import { shopInvariants } from './shop-invariants.js';

export type Role = 'api' | 'worker' | 'cli';

/** The business of the shop. What each of them does in a process depends on the process's role. */
const businessModules = [CatalogModule, InventoryModule, CartModule, OrderModule, PaymentModule];

const persistence: readonly Persistence[] = [
  auditPersistence,
  HttpModule.persistence,
  MessagingModule.persistence,
  LockingModule.persistence,
  ...businessModules.map((module) => module.persistence),
];

/** What must hold of the data at any time. */
const laws: readonly Invariant[] = [...businessModules.flatMap((module) => module.invariants), ...shopInvariants];

/** A cart's lock may be taken first, an order's inside it, a stock level's inside both; never the other way round. */
const LOCK_ORDER = ['cart', 'order', 'stock'];

/** Everything that a process is made of. */
export function shopModules(config: Config, role: Role): DynamicModule[] {
  return [
    ConfigModule.forRoot(config),
    { module: ObservabilityModule },
    DatabaseModule.forRoot(`holdfast-${role}`, persistence, laws),
    LockingModule.forRoot({ order: LOCK_ORDER }),
    MessagingModule.forRoot({ events, role: role === 'worker' ? 'worker' : 'api' }),
    HttpModule.forRoot(role),
    ...businessModules.map((module) => module.register(role)),
  ];
}
