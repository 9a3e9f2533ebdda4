import { randomBytes } from 'node:crypto';
import { Module, type Abstract, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CartModule } from '#cart';
import { CatalogModule } from '#catalog';
import { CommandsModule } from '#commands';
import { ConfigModule, loadConfig } from '#config';
import { events, LOCK_ORDER } from '#contracts';
import { DatabaseModule, Transactions, type Invariant, type ModuleSchema } from '#database';
import { createHttpApp, HttpApi, HttpModule } from '#http';
import { InventoryApi, InventoryModule } from '#inventory';
import { LockingModule } from '#locking';
import { MessagingModule } from '#messaging';
import { OrderModule } from '#order';
import { createPino, ObservabilityModule } from '#observability';
import { PaymentModule } from '#payment';
import { PricingApi, PricingModule } from '#pricing';
import { contract } from '../../apps/shop.js';
import { cartApi, catalogApi, orderApi, paymentApi } from '../../apps/wiring.js';
import { ApiClient, type Reply } from './api-client.js';
import { PATIENT } from './module-sandbox.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

const modules: readonly {
  readonly schema: ModuleSchema;
  readonly invariants: readonly Invariant[];
}[] = [CatalogModule, PricingModule, InventoryModule, CartModule, OrderModule, PaymentModule];

const schemas = [
  CommandsModule.schema,
  HttpModule.schema,
  MessagingModule.schema,
  ...modules.map((part) => part.schema),
];

@Module({})
class SandboxModule {}

interface Parts {
  readonly database: TestDatabase;
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly adminKey: string;
}

/** An api process's worth of the shop inside the test's own process, on a database and lock keys of its own. */
export class ApiSandbox {
  readonly transactions: Transactions;
  /** A caller without credentials. */
  readonly api: ApiClient;
  /** The merchant, with all scopes. */
  readonly staff: ApiClient;

  private constructor(private readonly parts: Parts) {
    this.transactions = parts.app.get(Transactions);
    this.api = new ApiClient(parts.url);
    this.staff = this.api.as({ authorization: `Bearer ${parts.adminKey}` });
  }

  static async open(env: Readonly<Record<string, string>> = {}): Promise<ApiSandbox> {
    const database = await createTestDatabase(schemas);
    const adminKey = `hf_${randomBytes(24).toString('base64url')}`;
    const own = {
      ...PATIENT,
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
      DATABASE_URL: database.url,
      REDIS_KEY_PREFIX: `test-${randomBytes(6).toString('hex')}:`,
      ADMIN_API_KEY: adminKey,
    };
    const config = loadConfig({ ...process.env, ...own, ...env });
    const imports = [
      ConfigModule.forRoot(config),
      ObservabilityModule,
      DatabaseModule.forRoot('spec', schemas),
      LockingModule.forRoot({ order: LOCK_ORDER }),
      MessagingModule.forRoot({ events }),
      HttpModule.forRoot(contract),
      HttpApi,
      catalogApi,
      InventoryApi,
      PricingApi,
      cartApi,
      orderApi,
      paymentApi,
    ];
    const app = await createHttpApp({ module: SandboxModule, imports }, createPino(config, 'spec'), {
      trustedProxies: config.TRUSTED_PROXIES,
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return new ApiSandbox({ database, app, url: await app.getUrl(), adminKey });
  }

  get<T>(token: Type<T> | Abstract<T>): T {
    return this.parts.app.get<T>(token, { strict: false });
  }

  /** A product that can be bought, under a SKU that nobody else uses. */
  async aProduct({
    amount = 1_999,
    onHand = 100,
    maxPerOrder = undefined as number | undefined,
  } = {}): Promise<string> {
    const sku = `SKU-${randomBytes(5).toString('hex').toUpperCase()}`;
    const product = { sku, name: `Product ${sku}`, price: { amount, currency: 'EUR' } };
    const made = await this.staff.post('/v1/admin/products/import', { products: [{ ...product, onHand }] });
    const limited = maxPerOrder === undefined ? made : await this.putProduct({ ...product, maxPerOrder });
    if (made.status !== 200 || limited.status > 201) throw new Error(`No product: ${JSON.stringify([made, limited])}`);
    return sku;
  }

  putProduct({ sku, ...product }: { readonly sku: string } & Readonly<Record<string, unknown>>): Promise<Reply> {
    return this.staff.put(`/v1/admin/products/${sku}`, product);
  }

  /** A look into the tables. */
  async rows<Row = Record<string, any>>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return (await this.transactions.read((db) => db.query<Row>(sql, params))).rows;
  }

  /** Names of the invariants that do not hold. */
  async violations(): Promise<string[]> {
    const violated: string[] = [];
    for (const { name, sql } of modules.flatMap((part) => part.invariants)) {
      if ((await this.rows(sql)).length > 0) violated.push(name);
    }
    return violated;
  }

  async close(): Promise<void> {
    await this.parts.app.close();
    await this.parts.database.drop();
  }
}
