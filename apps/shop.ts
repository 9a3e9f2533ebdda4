import type { DynamicModule } from '@nestjs/common';
import { auditSchema } from '#audit';
import { CartModule } from '#cart';
import { CatalogModule } from '#catalog';
import { CommandsModule } from '#commands';
import { ConfigModule, type Config } from '#config';
import { events, LOCK_ORDER, sharedProblems } from '#contracts';
import { DatabaseModule, type Invariant, type ModuleSchema } from '#database';
import { HttpModule, type HttpContract } from '#http';
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

const schemas: readonly ModuleSchema[] = [
  auditSchema,
  CommandsModule.schema,
  HttpModule.schema,
  MessagingModule.schema,
  LockingModule.schema,
  ...businessModules.map((module) => module.schema),
];

/** What must hold of the data at any time. */
const invariants: readonly Invariant[] = [...businessModules.flatMap((module) => module.invariants), ...shopInvariants];

/** What clients and their API keys find in the shop: its problems, its scopes, and the tags of the storefront in the order of a purchase. */
export const contract: HttpContract = {
  problems: [
    ...sharedProblems,
    ...LockingModule.problems,
    ...MessagingModule.problems,
    ...businessModules.flatMap((module) => module.problems),
  ],
  scopes: [...businessModules.flatMap((module) => module.scopes), 'ops:read', 'ops:write'],
  journey: ['products', 'carts', 'orders'],
};

/** Everything that a process is made of. */
export function shopModules(config: Config, role: Role): DynamicModule[] {
  return [
    ConfigModule.forRoot(config),
    { module: ObservabilityModule },
    DatabaseModule.forRoot(`holdfast-${role}`, schemas, invariants),
    LockingModule.forRoot({ order: LOCK_ORDER }),
    MessagingModule.forRoot({ events, role: role === 'worker' ? 'worker' : 'api' }),
    HttpModule.forRoot(role, contract),
    ...businessModules.map((module) => module.register(role)),
  ];
}
