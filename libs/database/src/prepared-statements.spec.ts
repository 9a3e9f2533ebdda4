import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, loadConfig } from '#config';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { DatabaseModule } from './database.module.js';
import { col, statement } from './statement.js';
import { Transactions } from './transactions.js';
import type { Reader } from './tx.js';

const ONE = statement('SELECT 1 AS one', { one: col.integer() });
const EVERYTHING = statement('SELECT * FROM things', { name: col.text() });
const PREPARED = 'SELECT name, statement FROM pg_prepared_statements ORDER BY name';

let database: TestDatabase;
const modules: TestingModule[] = [];

/** One connection, so that every statement finds what the one before has prepared. */
async function open(env: Record<string, string> = {}): Promise<Transactions> {
  const config = loadConfig({ DATABASE_URL: database.url, DATABASE_POOL_MAX: '2', ...env });
  const imports = [ConfigModule.forRoot(config), DatabaseModule.forRoot('spec', [])];
  const opened = await Test.createTestingModule({ imports }).compile();
  modules.push(await opened.init());
  return opened.get(Transactions);
}

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  for (const opened of modules) await opened.close();
  await database.drop();
});

const prepared = async (db: Reader) => (await db.query(PREPARED)).rows;

describe('a statement', () => {
  it('is parsed once a connection, under a name that stands for its text', async () => {
    const transactions = await open();
    for (let time = 0; time < 3; time += 1) {
      await transactions.run(async (tx) => {
        expect(await tx.query(ONE)).toEqual({ rows: [{ one: 1 }], count: 1 });
        expect(await prepared(tx)).toEqual([{ name: ONE.name, statement: ONE.sql }]);
      });
    }
  });

  it('is sent without a name where the setting says so', async () => {
    const transactions = await open({ DATABASE_PREPARED_STATEMENTS: 'no' });
    await transactions.run(async (tx) => {
      expect(await tx.query(ONE)).toEqual({ rows: [{ one: 1 }], count: 1 });
      expect(await prepared(tx)).toEqual([]);
    });
  });

  it('is planned anew when a migration has changed its result since, and nobody sees an error', async () => {
    const transactions = await open();
    await transactions.run((tx) => tx.query('CREATE TABLE things (name text)'));
    const reads = [
      () => transactions.read((db) => db.query(EVERYTHING)),
      () => transactions.run((tx) => tx.query(EVERYTHING)),
    ];
    for (const [place, read] of reads.entries()) {
      await read();
      await transactions.run((tx) => tx.query(`ALTER TABLE things ADD COLUMN added${place} text`));
      expect(await read()).toEqual({ rows: [], count: 0 });
    }
  });
});
