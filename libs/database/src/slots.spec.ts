import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, loadConfig } from '#config';
import { meeting } from '../../../test/support/meeting.js';
import { TcpProxy } from '../../../test/support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { DatabaseBusy, DatabaseUnavailable } from './database.errors.js';
import { DatabaseModule } from './database.module.js';
import { Transactions } from './transactions.js';

const modules: TestingModule[] = [];
let database: TestDatabase;

async function open(env: Record<string, string>): Promise<TestingModule> {
  const config = loadConfig({ DATABASE_URL: database.url, ...env });
  const opened = await Test.createTestingModule({
    imports: [ConfigModule.forRoot(config), DatabaseModule.forRoot('spec', [])],
  }).compile();
  modules.push(await opened.init());
  return opened;
}

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  for (const opened of modules) await opened.close();
  await database.drop();
});

describe('more requests than connections', () => {
  it('are served, each in its turn', async () => {
    const opened = await open({ DATABASE_POOL_MAX: '3', DATABASE_CONNECT_TIMEOUT_MS: '100' });
    const pool = opened.get(Transactions);
    const burst = Array.from({ length: 200 }, () => pool.run((tx) => tx.query('SELECT pg_sleep(0.005)')));
    await expect(Promise.all(burst)).resolves.toHaveLength(200);
  });

  it('are refused as the database is busy when their turn does not come in time; a ping does not wait', async () => {
    const opened = await open({ DATABASE_POOL_MAX: '2', DATABASE_QUEUE_TIMEOUT_MS: '200' });
    const pool = opened.get(Transactions);
    const taken = meeting(2);
    const freed = meeting(2);
    const holder = pool.run(async () => {
      await taken();
      await freed();
    });
    await taken();
    await expect(pool.run((tx) => tx.query('SELECT 1'))).rejects.toThrow(DatabaseBusy);
    await pool.ping();
    await Promise.all([freed(), holder]);
    expect((await pool.run((tx) => tx.query('SELECT 1'))).count).toBe(1);
  });

  it('are all refused at once when the server falls silent', async () => {
    const proxy = await TcpProxy.to(database.url);
    try {
      const opened = await open({
        DATABASE_URL: proxy.url,
        DATABASE_POOL_MAX: '2',
        DATABASE_STATEMENT_TIMEOUT_MS: '200',
      });
      const through = opened.get(Transactions);
      await through.ping();
      proxy.silence();
      const asked = performance.now();
      const burst = Array.from({ length: 100 }, () => through.run((tx) => tx.query('SELECT 1')));
      const outcomes = await Promise.allSettled(burst);
      const tookMs = performance.now() - asked;
      for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: expect.any(DatabaseUnavailable) });
      // One after the other they would need 100 × 500 ms.
      expect(tookMs).toBeLessThan(25_000);
    } finally {
      await proxy.stop();
    }
  });
});
