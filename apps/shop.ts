import type { DynamicModule, Type } from '@nestjs/common';
import { auditSchema } from '#audit';
import { CartModule } from '#cart';
import { CatalogModule } from '#catalog';
import { CommandsModule } from '#commands';
import { ConfigModule, type Config } from '#config';
import { events, LOCK_ORDER, sharedProblems } from '#contracts';
import { DatabaseModule, type Invariant, type ModuleSchema } from '#database';
import { FulfilmentModule } from '#fulfilment';
import { HttpModule, type HttpContract } from '#http';
import { InventoryModule } from '#inventory';
import { LockingModule } from '#locking';
import { MessagingModule } from '#messaging';
import { ObservabilityModule } from '#observability';
import { OrderModule } from '#order';
import { PaymentModule } from '#payment';
import { PricingModule } from '#pricing';
import { shopInvariants } from './shop-invariants.js';

/** Each states its tables, invariants, problems and scopes. */
const businessModules = [
  CatalogModule,
  PricingModule,
  InventoryModule,
  CartModule,
  OrderModule,
  PaymentModule,
  FulfilmentModule,
];

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

/** What every module of a process finds without importing it: the settings, the database, and what the shop states of itself. */
export function foundation(config: Config, applicationName: string): (DynamicModule | Type)[] {
  return [
    ConfigModule.forRoot(config),
    ObservabilityModule,
    DatabaseModule.forRoot(applicationName, schemas, invariants),
    LockingModule.forRoot({ order: LOCK_ORDER }),
    MessagingModule.forRoot({ events }),
    HttpModule.forRoot(contract),
  ];
}
