import { Writable } from 'node:stream';
import { Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CommandsModule } from '#commands';
import { ConfigModule, loadConfig } from '#config';
import { DatabaseModule, Transactions } from '#database';
import { createHttpApp, HttpApi, HttpModule } from '#http';
import { LockingModule } from '#locking';
import { createPino, ObservabilityModule } from '#observability';
import { contract } from '../../apps/shop.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

interface Parts {
  readonly app: NestFastifyApplication;
  readonly database: TestDatabase;
  readonly url: string;
}

/** Controllers of a test on the real HTTP server, with a database of their own. */
export class HttpSandbox {
  private constructor(
    private readonly parts: Parts,
    /** What the process wrote to its log. */
    readonly lines: readonly string[],
  ) {}

  static async open(
    controllers: readonly Type[],
    env: Readonly<Record<string, string>> = {},
    providers: readonly Type[] = [],
  ): Promise<HttpSandbox> {
    const database = await createTestDatabase([CommandsModule.schema, HttpModule.schema]);
    const config = loadConfig({
      ...process.env,
      LOG_LEVEL: 'debug',
      LOCK_DRIVER: 'none',
      DATABASE_URL: database.url,
      ...env,
    });
    @Module({
      imports: [
        ConfigModule.forRoot(config),
        ObservabilityModule,
        DatabaseModule.forRoot('spec', [CommandsModule.schema, HttpModule.schema]),
        LockingModule.forRoot({ order: [] }),
        HttpModule.forRoot(contract),
        HttpModule,
        HttpApi,
      ],
      controllers: [...controllers],
      providers: [...providers],
    })
    class Root {}
    const lines: string[] = [];
    const log = new Writable({
      write(chunk: Buffer, _, done) {
        lines.push(chunk.toString('utf8'));
        done();
      },
    });
    const app = await createHttpApp({ module: Root }, createPino(config, 'spec', log), {
      trustedProxies: config.TRUSTED_PROXIES,
    });
    try {
      await app.listen({ port: 0, host: '127.0.0.1' });
      return new HttpSandbox({ app, database, url: await app.getUrl() }, lines);
    } catch (error) {
      await app.close();
      await database.drop();
      throw error;
    }
  }

  get url(): string {
    return this.parts.url;
  }

  get<T>(token: Type<T>): T {
    return this.parts.app.get(token);
  }

  /** Whatever SQL says, past the application. */
  async rows<Row = Record<string, unknown>>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return (await this.get(Transactions).read((db) => db.query<Row>(sql, params))).rows;
  }

  async close(): Promise<void> {
    await this.parts.app.close();
    await this.parts.database.drop();
  }
}
