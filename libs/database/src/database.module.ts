import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import pg, { types } from 'pg';
import { DataSource } from 'typeorm';
import { Config } from '#config';
import { problemsOf, type ProblemType } from '#kernel';
import { clientOptions } from './client-options.js';
import * as errors from './database.errors.js';
import type { Invariant } from './invariant.js';
import { Invariants } from './invariants.js';
import { Migrations } from './migrations.js';
import type { ModuleSchema } from './module-schema.js';
import { SnakeNaming } from './snake-naming.js';
import { Transactions } from './transactions.js';

// bigint columns are amounts and counters, bounded far below 2^53: numbers, not strings.
types.setTypeParser(types.builtins.INT8, Number);

@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  static readonly problems: readonly ProblemType[] = problemsOf(errors);

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** Opens the pool at start; a database that does not answer then ends the start. */
  static forRoot(
    applicationName: string,
    schemas: readonly ModuleSchema[],
    invariants: readonly Invariant[] = [],
  ): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: DataSource,
          inject: [Config],
          useFactory: (config: Config) => open(config, applicationName, schemas),
        },
        Transactions,
        Migrations,
        {
          provide: Invariants,
          inject: [Transactions],
          useFactory: (transactions: Transactions) => new Invariants(transactions, invariants),
        },
      ],
      exports: [Transactions, Migrations, Invariants, DataSource],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}

async function open(config: Config, applicationName: string, schemas: readonly ModuleSchema[]): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    driver: pg,
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_MAX,
    extra: clientOptions(config, applicationName),
    namingStrategy: new SnakeNaming(),
    entities: schemas.flatMap((part) => [...part.entities]),
    migrations: schemas.flatMap((part) => [...part.migrations]),
    synchronize: false,
    installExtensions: false,
    logging: false,
  });
  try {
    return await dataSource.initialize();
  } catch (error) {
    const { host, pathname } = new URL(config.DATABASE_URL);
    throw new errors.DatabaseUnavailable(
      new Error(`PostgreSQL at ${host}${pathname} did not let us in. Start it, or correct DATABASE_URL.`, {
        cause: error,
      }),
    );
  }
}
