import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import type { QueryRunner } from 'typeorm';
import { ConfigModule, loadConfig } from '#config';
import { eventually } from '../../../test/support/eventually.js';
import { meeting } from '../../../test/support/meeting.js';
import { TcpProxy } from '../../../test/support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { DatabaseBusy, databaseFailure, DatabaseUnavailable, isUniqueViolation } from './database.errors.js';
import { DatabaseModule } from './database.module.js';
import { ForwardMigration } from './forward-migration.js';
import { Migrations } from './migrations.js';
import type { ModuleSchema } from './module-schema.js';
import { Transactions } from './transactions.js';

class Accounts1764000000001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA spec');
    await runner.query('CREATE TABLE spec.accounts (id int PRIMARY KEY, units bigint NOT NULL, owner text UNIQUE)');
    await runner.query('INSERT INTO spec.accounts (id, units) SELECT id, 0 FROM generate_series(1, 20) AS id');
  }
}

const schema: ModuleSchema = { entities: [], migrations: [Accounts1764000000001] };
const modules: TestingModule[] = [];
let database: TestDatabase;
let transactions: Transactions;

async function open(env: Record<string, string>): Promise<TestingModule> {
  const config = loadConfig({ DATABASE_URL: database.url, ...env });
  const opened = await Test.createTestingModule({
    imports: [ConfigModule.forRoot(config), DatabaseModule.forRoot('spec', [schema])],
  }).compile();
  modules.push(await opened.init());
  return opened;
}

beforeAll(async () => {
  database = await createTestDatabase();
  const opened = await open({ DATABASE_LOCK_TIMEOUT_MS: '150' });
  await opened.get(Migrations).run();
  transactions = opened.get(Transactions);
});

afterAll(async () => {
  for (const opened of modules) await opened.close();
  await database.drop();
});

const unitsOf = async (id: number): Promise<number> => {
  const { rows } = await transactions.read((db) =>
    db.query<{ units: number }>('SELECT units FROM spec.accounts WHERE id = $1', [id]),
  );
  return rows[0]!.units;
};

const add = (id: number, units: number) =>
  ['UPDATE spec.accounts SET units = units + $2 WHERE id = $1', [id, units]] as const;

describe('a transaction', () => {
  it('takes effect as a whole or not at all, and passes on what stopped it', async () => {
    const stopped = new Error('stopped');
    const work = transactions.run(async (tx) => {
      await tx.query(...add(1, 5));
      throw stopped;
    });
    await expect(work).rejects.toBe(stopped);
    expect(await unitsOf(1)).toBe(0);
    expect(await transactions.run(async (tx) => (await tx.query(...add(1, 5))).count)).toBe(1);
    expect(await unitsOf(1)).toBe(5);
  });

  it('fails rather than claim to have taken effect when its work swallowed a refused statement', async () => {
    const swallowing = transactions.run(async (tx) => {
      await tx.query(...add(11, 5));
      await tx.query('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow(/swallowed/);
    expect(await unitsOf(11)).toBe(0);
  });

  it('runs again after a deadlock, and both sides take effect', async () => {
    const meet = meeting(2);
    let runs = 0;
    const crossing = (first: number, second: number) =>
      transactions.run(async (tx) => {
        runs += 1;
        await tx.query(`SET LOCAL lock_timeout = '20s'`);
        await tx.query(`SET LOCAL deadlock_timeout = '20ms'`);
        await tx.query(...add(first, 1));
        await meet();
        await tx.query(...add(second, 1));
      });
    await Promise.all([crossing(2, 3), crossing(3, 2)]);
    expect([await unitsOf(2), await unitsOf(3)]).toEqual([2, 2]);
    expect(runs).toBeGreaterThan(2);
  });

  it('runs again after a serialization failure', async () => {
    const meet = meeting(2);
    let runs = 0;
    const counting = () =>
      transactions.run(async (tx) => {
        runs += 1;
        await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
        await tx.query('SELECT units FROM spec.accounts WHERE id = 4');
        await meet();
        await tx.query(...add(4, 1));
      });
    await Promise.all([counting(), counting()]);
    expect(await unitsOf(4)).toBe(2);
    expect(runs).toBeGreaterThan(2);
  });

  it('runs again when a row stays locked too long', async () => {
    let tries = 0;
    const locked = meeting(2);
    const freed = meeting(2);
    const holder = transactions.run(async (tx) => {
      await tx.query(...add(5, 1));
      await locked();
      await freed();
    });
    await locked();
    await transactions.run(async (tx) => {
      tries += 1;
      if (tries === 3) await Promise.all([freed(), holder]);
      await tx.query(...add(5, 1));
    });
    expect(tries).toBe(3);
    expect(await unitsOf(5)).toBe(2);
  });

  it('runs again when it waited for many rows, for none of them too long', async () => {
    const opened = await open({ DATABASE_STATEMENT_TIMEOUT_MS: '200' });
    let tries = 0;
    await opened.get(Transactions).run(async (tx) => {
      tries += 1;
      await tx.query('SELECT pg_sleep($1)', [tries < 3 ? 30 : 0]);
    });
    expect(tries).toBe(3);
    const read = opened.get(Transactions).read((db) => db.query('SELECT pg_sleep(30)'));
    expect(databaseFailure(await read.catch((error: unknown) => error))).toBe('busy');
  });

  it('gives up after five runs, and says that it is busy', async () => {
    let tries = 0;
    const locked = meeting(2);
    const freed = meeting(2);
    const holder = transactions.run(async (tx) => {
      await tx.query(...add(6, 1));
      await locked();
      await freed();
    });
    await locked();
    const refused = transactions.run((tx) => {
      tries += 1;
      return tx.query(...add(6, 1));
    });
    await expect(refused).rejects.toThrow(DatabaseBusy);
    await Promise.all([freed(), holder]);
    expect(tries).toBe(5);
    expect(await unitsOf(6)).toBe(1);
  });

  it('cannot write after its limit, whatever its work still tries', async () => {
    const limit = new AbortController();
    const tried = meeting(2);
    let late: unknown;
    const cut = transactions.run(async (tx) => {
      await tx.query(...add(7, 1));
      limit.abort(new Error('too late'));
      late = await tx.query(...add(7, 1)).catch((error: unknown) => error);
      await tried();
    }, limit.signal);
    await expect(cut).rejects.toThrow('too late');
    await tried();
    expect(late).toBeInstanceOf(Error);
    expect(await unitsOf(7)).toBe(0);
    await expect(transactions.run(() => Promise.resolve(), limit.signal)).rejects.toThrow('too late');
  });

  it('tells which unique constraint refused a row', async () => {
    const twice = transactions.run((tx) => tx.query(`UPDATE spec.accounts SET owner = 'ada' WHERE id IN (8, 9)`));
    const refusal: unknown = await twice.catch((error: unknown) => error);
    expect(isUniqueViolation(refusal)).toBe(true);
    expect(isUniqueViolation(refusal, 'accounts_owner_key')).toBe(true);
    expect(isUniqueViolation(refusal, 'accounts_pkey')).toBe(false);
    expect(databaseFailure(refusal)).toBeUndefined();
  });
});

describe('a database that goes away', () => {
  it('is unavailable to the transaction whose connection was killed, and there for the next one', async () => {
    const killed = transactions.run(async (tx) => {
      await tx.query(...add(10, 1));
      await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    await expect(killed).rejects.toThrow(DatabaseUnavailable);
    expect(await unitsOf(10)).toBe(0);
  });

  it('is unavailable, not waited for, while it is silent, and comes back by itself', async () => {
    const proxy = await TcpProxy.to(database.url);
    try {
      const opened = await open({
        DATABASE_URL: proxy.url,
        DATABASE_CONNECT_TIMEOUT_MS: '200',
        DATABASE_STATEMENT_TIMEOUT_MS: '200',
      });
      const through = opened.get(Transactions);
      const ask = () => through.run((tx) => tx.query('SELECT 1'));
      await ask();
      proxy.silence();
      await expect(ask()).rejects.toThrow(DatabaseUnavailable);
      await expect(ask()).rejects.toThrow(DatabaseUnavailable);
      proxy.refuse();
      await expect(ask()).rejects.toThrow(DatabaseUnavailable);
      proxy.restore();
      await eventually(ask);
    } finally {
      await proxy.stop();
    }
  });

  it('ends the start with the place that was tried, and without the password', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const url = `postgres://ada:hunter2secret@127.0.0.1:${port}/shop`;
    const start = open({ DATABASE_URL: url, DATABASE_CONNECT_TIMEOUT_MS: '200' });
    const error = (await start.catch((reason: unknown) => reason)) as DatabaseUnavailable;
    mute.close();
    expect(error).toBeInstanceOf(DatabaseUnavailable);
    expect((error.cause as Error).message).toContain(`127.0.0.1:${port}/shop`);
    expect(`${error.message} ${(error.cause as Error).message}`).not.toContain('hunter2secret');
  });
});
