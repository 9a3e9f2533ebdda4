import type { Abstract, Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, loadConfig } from '#config';
import { events } from '#contracts';
import { DatabaseModule, Transactions, type Invariant, type ModuleSchema } from '#database';
import { MessagingModule } from '#messaging';
import { createTestDatabase, type TestDatabase } from './test-database.js';

interface BusinessModule extends Type {
  readonly schema: ModuleSchema;
  readonly invariants?: readonly Invariant[];
}

/** Settings for many transactions at once on a busy machine: nobody is turned away for waiting. */
export const PATIENT = {
  DATABASE_POOL_MAX: '20',
  DATABASE_CONNECT_TIMEOUT_MS: '30000',
  DATABASE_LOCK_TIMEOUT_MS: '30000',
  DATABASE_STATEMENT_TIMEOUT_MS: '30000',
};

/** Some business modules as they are in a process without routes and consumers, on a database of the caller's own. */
export class ModuleSandbox {
  readonly transactions: Transactions;

  private constructor(
    private readonly modules: readonly BusinessModule[],
    private readonly database: TestDatabase,
    private readonly nest: TestingModule,
  ) {
    this.transactions = nest.get(Transactions);
  }

  static async open(
    modules: readonly BusinessModule[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ModuleSandbox> {
    const schemas = [MessagingModule.schema, ...modules.map((module) => module.schema)];
    const database = await createTestDatabase(schemas);
    const config = loadConfig({ ...process.env, LOG_LEVEL: 'silent', DATABASE_URL: database.url, ...env });
    const nest = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(config),
        DatabaseModule.forRoot('spec', schemas),
        MessagingModule.forRoot({ events }),
        ...modules,
      ],
    }).compile();
    return new ModuleSandbox(modules, database, await nest.init());
  }

  get<T>(token: Type<T> | Abstract<T>): T {
    return this.nest.get(token, { strict: false });
  }

  /** A look into the tables. */
  async rows<Row = Record<string, unknown>>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return (await this.transactions.read((db) => db.query<Row>(sql, params))).rows;
  }

  /** @throws when an invariant of its modules does not hold, with the rows that violate it */
  async assertInvariants(): Promise<void> {
    for (const { name, sql } of this.modules.flatMap((module) => module.invariants ?? [])) {
      const rows = await this.rows(sql);
      if (rows.length > 0) throw new Error(`${name} does not hold: ${JSON.stringify(rows)}`);
    }
  }

  async close(): Promise<void> {
    await this.nest.close();
    await this.database.drop();
  }
}
