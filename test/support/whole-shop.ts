import { randomBytes } from 'node:crypto';
import { Module, type Abstract, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CartModule, CartWorker } from '#cart';
import { CatalogModule } from '#catalog';
import { CommandsModule } from '#commands';
import { loadConfig, type Config } from '#config';
import { Transactions } from '#database';
import { FulfilmentModule } from '#fulfilment';
import { createHttpApp, HttpModule } from '#http';
import { InventoryModule } from '#inventory';
import { LockingModule } from '#locking';
import { MessagingModule } from '#messaging';
import { OrderModule } from '#order';
import { createPino } from '#observability';
import { PaymentModule } from '#payment';
import { PricingModule } from '#pricing';
import { ApiModule } from '../../apps/api/src/api.module.js';
import { foundation } from '../../apps/shop.js';
import { inventoryWorker, orderWorker, paymentWorker, pricingWorker } from '../../apps/wiring.js';
import { ApiClient } from './api-client.js';
import { DirectDispatch } from './direct-dispatch.js';
import { PATIENT } from './module-sandbox.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

const schemas = [CommandsModule, HttpModule, MessagingModule, LockingModule, CatalogModule, InventoryModule, CartModule]
  .map(({ schema }) => schema)
  .concat(OrderModule.schema, PaymentModule.schema, PricingModule.schema, FulfilmentModule.schema);

@Module({})
class WorkerSandbox {}

interface Parts {
  readonly database: TestDatabase;
  readonly api: NestFastifyApplication;
  readonly worker: INestApplicationContext & { close(): Promise<void> };
  readonly dispatch: DirectDispatch;
  readonly url: string;
  readonly adminKey: string;
}

/**
 * All modules of the shop inside the test's own process: an api that speaks HTTP, and the consumers of a worker, which get their events when
 * the test says so. There is no broker, and no time passes by itself.
 */
export class WholeShop {
  readonly transactions: Transactions;
  /** A caller without credentials. */
  readonly api: ApiClient;
  /** The merchant, with all scopes. */
  readonly staff: ApiClient;

  private constructor(private readonly parts: Parts) {
    this.transactions = parts.api.get(Transactions);
    this.api = new ApiClient(parts.url);
    this.staff = this.api.as({ authorization: `Bearer ${parts.adminKey}` });
  }

  static async open(env: Readonly<Record<string, string>> = {}): Promise<WholeShop> {
    const database = await createTestDatabase(schemas);
    const adminKey = `hf_${randomBytes(24).toString('base64url')}`;
    const own = {
      ...PATIENT,
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
      LOCK_DRIVER: 'none',
      // Time is moved in its tables, which would make days pass for the comparison of ledgers.
      PAYMENT_RECONCILE_INTERVAL_SECONDS: '0',
      DATABASE_URL: database.url,
      ADMIN_API_KEY: adminKey,
    };
    const config = loadConfig({ ...process.env, ...own, ...env });
    const api = await createHttpApp(ApiModule.forRoot(config), createPino(config, 'spec'));
    await api.listen({ port: 0, host: '127.0.0.1' });
    const dispatch = new DirectDispatch();
    const worker = await workerOf(config, dispatch);
    return new WholeShop({ database, api, worker, dispatch, url: await api.getUrl(), adminKey });
  }

  /** Of the api process. */
  get<T>(token: Type<T> | Abstract<T>): T {
    return this.parts.api.get<T>(token, { strict: false });
  }

  /** Of the worker. */
  ofWorker<T>(token: Type<T> | Abstract<T>): T {
    return this.parts.worker.get<T>(token, { strict: false });
  }

  /** Lets the consumers handle what waits and what is due, until nothing is left. */
  dispatch(except: readonly string[] = []): Promise<void> {
    return this.parts.dispatch.run(this.transactions, new Set(except));
  }

  /** What its consumers could not handle. */
  get deadLetters(): DirectDispatch['deadLetters'] {
    return this.parts.dispatch.deadLetters;
  }

  /** A look into the tables. */
  async rows<Row = Record<string, any>>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return (await this.transactions.read((db) => db.query<Row>(sql, params))).rows;
  }

  async close(): Promise<void> {
    await this.parts.worker.close();
    await this.parts.api.close();
    await this.parts.database.drop();
  }
}

/** Its consumers without relay and clock. */
async function workerOf(config: Config, strategy: DirectDispatch) {
  const imports = [
    ...foundation(config, 'spec-worker'),
    inventoryWorker,
    CartWorker,
    orderWorker,
    paymentWorker,
    pricingWorker,
  ];
  const worker = await NestFactory.create({ module: WorkerSandbox, imports }, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  worker.connectMicroservice({ strategy }, { inheritAppConfig: false });
  await worker.init();
  await worker.startAllMicroservices();
  return worker;
}
