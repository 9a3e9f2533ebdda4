import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommandsModule } from '#commands';
import { ConfigModule, loadConfig } from '#config';
import { DatabaseModule, Transactions } from '#database';
import { createHttpApp, HttpApi, HttpModule } from '#http';
import { LockingModule, Locks, type Lease, type LockOptions } from '#locking';
import { createPino, ObservabilityModule } from '#observability';
import { contract } from '../../shop.js';
import { ApiClient } from '../../../test/support/api-client.js';
import { eventually } from '../../../test/support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { LocksController } from './locks.controller.js';
import { ReleaseLock } from './release-lock.js';

@Module({})
class Root {}

const ADMIN_API_KEY = `hf_${randomBytes(24).toString('base64url')}`;
const schemas = [CommandsModule.schema, HttpModule.schema, LockingModule.schema];
const options: LockOptions = { ttlMs: 2_000, waitMs: 10_000, onUnavailable: 'fail-closed' };

async function open(
  database: TestDatabase,
  LOCK_DRIVER: string,
  more: Readonly<Record<string, string>> = {},
): Promise<NestFastifyApplication> {
  const own = { LOCK_DRIVER, ADMIN_API_KEY, DATABASE_URL: database.url, LOG_LEVEL: 'silent', ...more };
  const REDIS_KEY_PREFIX = `test-${randomBytes(4).toString('hex')}*[:`;
  const config = loadConfig({ ...process.env, ...own, REDIS_KEY_PREFIX });
  const imports = [
    ConfigModule.forRoot(config),
    ObservabilityModule,
    DatabaseModule.forRoot('spec', schemas),
    LockingModule.forRoot({ order: ['cart', 'order', 'stock'] }),
    HttpModule.forRoot(contract),
    HttpModule,
    HttpApi,
    LockingModule,
  ];
  const app = await createHttpApp(
    { module: Root, imports, controllers: [LocksController], providers: [ReleaseLock] },
    createPino(config, 'spec'),
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app;
}

describe.each(['redis', 'postgres', 'memory'])('the locks that operators see, kept by %s', (name) => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let staff: ApiClient;
  let anybody: ApiClient;
  const acquire = (key: string): Promise<Lease> => app.get(Locks).acquire(key, options);

  beforeAll(async () => {
    database = await createTestDatabase(schemas);
    app = await open(database, name);
    anybody = new ApiClient(await app.getUrl());
    staff = anybody.as({ authorization: `Bearer ${ADMIN_API_KEY}` });
  });
  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  it('are listed with who has them since when', async () => {
    const lease = await acquire('stock:MUG');
    const { status, body } = await staff.get('/v1/admin/locks');
    expect(status).toBe(200);
    expect(body.data).toEqual([
      {
        key: 'stock:MUG',
        token: String(lease.token),
        since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        holder: expect.stringMatching(new RegExp(`/${process.pid}$`)),
        ttlMs: expect.any(Number),
      },
    ]);
    await lease.release();
    expect((await staff.get('/v1/admin/locks')).body).toEqual({ data: [] });
  });

  it('can be taken from their holder, which is recorded, and not done twice by a repeated request', async () => {
    const lease = await acquire('order:1');
    const path = '/v1/admin/locks/order%3A1/release';
    const key = { 'idempotency-key': 'once' };
    const taken = await staff.post(path, { reason: 'hangs since noon' }, key);
    expect(taken).toMatchObject({ status: 200, body: { key: 'order:1', wasHeld: true } });
    const next = await acquire('order:1');
    expect(next.token).toBeGreaterThan(lease.token);
    expect((await staff.post(path, { reason: 'hangs since noon' }, key)).body).toEqual(taken.body);
    await eventually(() => expect(lease.signal.aborted).toBe(true));
    expect(await next.release()).toBe('released');
    expect((await staff.post(path, { reason: 'to be sure' })).body).toEqual({ key: 'order:1', wasHeld: false });
    const { rows } = await app
      .get(Transactions)
      .read((db) =>
        db.query(
          `SELECT action, subject_id AS key, reason, after FROM audit.entries WHERE actor LIKE 'staff:%' ORDER BY id`,
        ),
      );
    const lock = { key: 'order:1' };
    const [first, second] = ['hangs since noon', 'to be sure'];
    expect(rows).toEqual([
      { ...lock, action: 'lock.force_release', reason: first, after: null },
      { ...lock, action: 'lock.force_released', reason: first, after: { wasHeld: true } },
      { ...lock, action: 'lock.force_release', reason: second, after: null },
      { ...lock, action: 'lock.force_released', reason: second, after: { wasHeld: false } },
    ]);
  });

  it('are nothing for anybody else, and need a key and a reason', async () => {
    expect((await anybody.get('/v1/admin/locks')).status).toBe(401);
    expect((await anybody.post('/v1/admin/locks/order%3A1/release', { reason: 'x' })).status).toBe(401);
    expect((await staff.post('/v1/admin/locks/order%3A1/release', {})).status).toBe(422);
    expect((await staff.post('/v1/admin/locks/nothing/release', { reason: 'x' })).status).toBe(422);
  });
});

describe('a forced release', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let staff: ApiClient;

  beforeAll(async () => {
    database = await createTestDatabase(schemas);
    app = await open(database, 'memory', { DATABASE_POOL_MAX: '2', DATABASE_QUEUE_TIMEOUT_MS: '500' });
    staff = new ApiClient(await app.getUrl(), { authorization: `Bearer ${ADMIN_API_KEY}` });
  });
  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  it('needs no second connection while it has one', async () => {
    const lease = await app.get(Locks).acquire('order:1', options);
    const path = '/v1/admin/locks/order%3A1/release';
    const released = await staff.post(path, { reason: 'hangs' }, { 'idempotency-key': 'small pool' });
    expect(released).toMatchObject({ status: 200, body: { key: 'order:1', wasHeld: true } });
    expect(await lease.release()).toBe('lost');
    const keyless = await staff.post(path, { reason: 'again' });
    expect(keyless).toMatchObject({ status: 200, body: { key: 'order:1', wasHeld: false } });
  });
});

describe('with locks switched off', () => {
  it('nobody holds anything', async () => {
    const database = await createTestDatabase(schemas);
    const app = await open(database, 'none');
    const staff = new ApiClient(await app.getUrl(), { authorization: `Bearer ${ADMIN_API_KEY}` });
    expect((await staff.get('/v1/admin/locks')).body).toEqual({ data: [] });
    const released = await staff.post('/v1/admin/locks/order%3A1/release', { reason: 'to be sure' });
    expect(released.body).toEqual({ key: 'order:1', wasHeld: false });
    await app.close();
    await database.drop();
  });
});
