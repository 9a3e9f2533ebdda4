import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { loadConfig } from '#config';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { RedisDriver } from './drivers/redis/redis.driver.js';
import { StaleFence, type Lease, type LockOptions } from './index.js';
import { freshKey, openProcess } from './lock-process.suite.js';

const options: LockOptions = { ttlMs: 2_000, waitMs: 20_000, onUnavailable: 'fail-closed' };
const { REDIS_URLS: urls } = loadConfig(process.env);
const keyPrefix = `test-${randomBytes(4).toString('hex')}:`;
const HOUR_US = 3_600_000_000n;

let database: TestDatabase;
let sql: Client;
let redis: Redis;

beforeAll(async () => {
  database = await createTestDatabase([]);
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  await sql.query('CREATE TABLE counters (name text PRIMARY KEY, value int NOT NULL, fence bigint NOT NULL)');
  redis = new Redis(urls[0]!);
});
afterAll(async () => {
  await redis.del(`${keyPrefix}fence`);
  await redis.quit();
  await sql.end();
  await database.drop();
});

/** A guarded read, which installs the token, and a guarded write. */
async function increase({ keys, token }: Lease): Promise<void> {
  const read = 'UPDATE counters SET fence = $2 WHERE name = $1 AND fence <= $2 RETURNING value';
  const { rows } = await sql.query<{ value: number }>(read, [keys[0], token]);
  const [row] = rows;
  if (row === undefined) {
    const { rows: known } = await sql.query<{ fence: string }>('SELECT fence FROM counters WHERE name = $1', [keys[0]]);
    throw new StaleFence(keys, BigInt(known[0]!.fence));
  }
  await sql.query('UPDATE counters SET value = $3 WHERE name = $1 AND fence = $2', [keys[0], token, row.value + 1]);
}

it('a lock service that lost its counter, and its clock an hour, grants again what the data takes', async () => {
  const open = async () => openProcess(new RedisDriver({ urls, keyPrefix, commandTimeoutMs: 2_000 }));
  const [one, other] = await Promise.all([open(), open()]);
  const key = freshKey();
  const ahead = BigInt(Date.now()) * 1_000n + HOUR_US; // What a server granted whose clock was an hour ahead.
  await sql.query('INSERT INTO counters VALUES ($1, 0, $2)', [key, ahead]);
  await redis.del(`${keyPrefix}fence`);
  try {
    const stale = await one.locks.using(key, options, increase).catch((error: unknown) => error);
    expect(stale).toMatchObject({ code: 'stale_fence', fence: ahead });
    expect(await one.metrics.render()).toContain('lock_stale_fences_total{domain="cart"} 1');
    await one.locks.using(key, { ...options, tokenAbove: (stale as StaleFence).fence! }, increase);
    await other.locks.using(key, options, increase); // Whoever comes next needs not ask for it.
    const { rows } = await sql.query<{ value: number }>('SELECT value FROM counters WHERE name = $1', [key]);
    expect(rows).toEqual([{ value: 2 }]);
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
});
