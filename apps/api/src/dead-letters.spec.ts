import { randomBytes, randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CommandsModule } from '#commands';
import { ConfigModule, loadConfig } from '#config';
import { DatabaseModule, Transactions } from '#database';
import { createHttpApp, HttpApi, HttpModule } from '#http';
import { newId } from '#kernel';
import { MessagingModule } from '#messaging';
import { LockingModule } from '#locking';
import { createPino, ObservabilityModule } from '#observability';
import { contract } from '../../shop.js';
import { ApiClient } from '../../../test/support/api-client.js';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { DeadLetterDecisionsController } from './dead-letter-decisions.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { OutboxController } from './outbox.controller.js';

@Module({})
class Root {}

const ADMIN_API_KEY = `hf_${randomBytes(24).toString('base64url')}`;
const schemas = [CommandsModule.schema, HttpModule.schema, MessagingModule.schema];
const PATH = '/v1/admin/dead-letters';

let database: TestDatabase;
let app: NestFastifyApplication;
let staff: ApiClient;

beforeAll(async () => {
  database = await createTestDatabase(schemas);
  const config = loadConfig({
    ...process.env,
    LOCK_DRIVER: 'none',
    ADMIN_API_KEY,
    DATABASE_URL: database.url,
    LOG_LEVEL: 'silent',
  });
  const imports = [
    ConfigModule.forRoot(config),
    ObservabilityModule,
    DatabaseModule.forRoot('spec', schemas),
    MessagingModule.forRoot({ events: [] }),
    LockingModule.forRoot({ order: [] }),
    HttpModule.forRoot(contract),
    HttpModule,
    HttpApi,
    MessagingModule,
  ];
  const controllers = [DeadLettersController, DeadLetterDecisionsController, OutboxController];
  app = await createHttpApp({ module: Root, imports, controllers }, createPino(config, 'spec'));
  await app.listen({ port: 0, host: '127.0.0.1' });
  staff = new ApiClient(await app.getUrl(), { authorization: `Bearer ${ADMIN_API_KEY}` });
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

beforeEach(() => query('TRUNCATE messaging.dead_letters, messaging.dead_letter_history, messaging.outbox'));

const query = async (sql: string, params: readonly unknown[] = []) =>
  (await app.get(Transactions).run((tx) => tx.query(sql, params))).rows;

/** A letter as the workers archive it. Returns its id. */
async function aLetter({ queue = 'order.payment-captured', error = 'PermanentFailure', body = '{"a":1}' } = {}) {
  const id = newId('dead');
  await query(
    `INSERT INTO messaging.dead_letters (id, queue, message_id, type, body, properties, error, detail, stack, attempts,
       first_failed_at, last_failed_at, original_exchange)
     VALUES ($1, $2, $3, 'payment.captured.v1', $4, '{"headers":{"x":1}}', $5, 'why', 'at', 1, now(), now(), 'events')`,
    [id, queue, randomUUID(), Buffer.from(body, 'latin1'), error],
  );
  return id;
}

const ids = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id);

describe('dead letters', () => {
  it('are listed page by page, the latest first, and by queue, error and status', async () => {
    const all = [await aLetter(), await aLetter({ error: 'busy' }), await aLetter({ queue: 'other.queue' })];
    const first = await staff.get(`${PATH}?limit=2`);
    expect(first.body).toMatchObject({ data: [{ id: all[2] }, { id: all[1] }], nextCursor: expect.any(String) });
    const second = await staff.get(`${PATH}?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ data: [{ id: all[0] }], nextCursor: null });
    expect(ids((await staff.get(`${PATH}?queue=order.payment-captured&error=busy`)).body)).toEqual([all[1]]);
    await staff.post(`${PATH}/${all[0]}/discard`, { reason: 'x' });
    expect(ids((await staff.get(`${PATH}?status=discarded`)).body)).toEqual([all[0]]);
    expect(ids((await staff.get(`${PATH}?status=waiting`)).body)).toEqual([all[2], all[1]]);
    for (const wrong of ['status=lost', 'cursor=bm9uZQ', 'queue=', 'limit=0']) {
      expect(await staff.get(`${PATH}?${wrong}`)).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    }
  });

  it('are counted by queue and error, those that wait', async () => {
    for (const error of ['busy', 'busy', 'PermanentFailure']) await aLetter({ error });
    await staff.post(`${PATH}/${await aLetter({ error: 'gone' })}/discard`, { reason: 'x' });
    const times = { firstFailedAt: expect.any(String), lastFailedAt: expect.any(String) };
    const queue = 'order.payment-captured';
    expect((await staff.get(`${PATH}/groups`)).body).toEqual({
      data: [
        { queue, error: 'busy', waiting: 2, detail: 'why', ...times },
        { queue, error: 'PermanentFailure', waiting: 1, detail: 'why', ...times },
      ],
    });
  });

  it('show everything that is known of them', async () => {
    const { status, body } = await staff.get(`${PATH}/${await aLetter()}`);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        status: 'waiting',
        body: { bytes: 7, json: { a: 1 } },
        properties: { headers: { x: 1 } },
        originalExchange: 'events',
        handledAt: null,
        history: [],
      },
    });
    const garbage = await staff.get(`${PATH}/${await aLetter({ body: '{"\xff' })}`);
    expect(garbage.body.body).toEqual({ bytes: 3, base64: Buffer.from('{"\xff', 'latin1').toString('base64') });
    const deep = await staff.get(`${PATH}/${await aLetter({ body: '['.repeat(50_000) + ']'.repeat(50_000) })}`);
    expect(deep).toMatchObject({ status: 200, body: { body: { bytes: 100_000, base64: expect.any(String) } } });
    for (const id of [newId('dead'), newId('order'), '1', "'--"]) {
      expect(await staff.get(`${PATH}/${id}`)).toMatchObject({ status: 404, body: { code: 'dead_letter_not_found' } });
    }
  });

  it('show the first 256 KiB of a longer body, which is not parsed', async () => {
    const body = '{"a":1}'.padEnd(300_000);
    const shown = await staff.get(`${PATH}/${await aLetter({ body })}`);
    const beginning = Buffer.from(body.slice(0, 256 * 1024)).toString('base64');
    expect(shown.body.body).toEqual({ bytes: body.length, base64: beginning });
  });

  it('are replayed on demand, which is recorded, and done once', async () => {
    const id = await aLetter();
    const key = { 'idempotency-key': 'once' };
    const asked = await staff.post(`${PATH}/${id}/replay`, undefined, key);
    expect(asked).toMatchObject({ status: 200, body: { id, status: 'replaying', replays: 1 } });
    expect((await staff.post(`${PATH}/${id}/replay`, undefined, key)).body).toEqual(asked.body);
    const again = await staff.send('POST', `${PATH}/${id}/replay`, {});
    expect(again).toMatchObject({ status: 200, body: { status: 'replaying', replays: 1 } });
    expect(await query('SELECT dead_letter_id, action, actor FROM messaging.dead_letter_history')).toEqual([
      { dead_letter_id: id, action: 'replay', actor: 'staff:admin' },
    ]);
    expect(await staff.post(`${PATH}/${id}/discard`, { reason: 'too late' })).toMatchObject({
      status: 409,
      body: { code: 'invalid_transition', from: 'replaying', to: 'discarded' },
    });
  });

  it('are replayed as a group', async () => {
    for (const error of ['busy', 'busy', 'gone']) await aLetter({ error });
    await aLetter({ queue: 'other.queue', error: 'busy' });
    const group = { queue: 'order.payment-captured', error: 'busy' };
    expect((await staff.post(`${PATH}/replay`, group)).body).toEqual({ replaying: 2, remaining: 0 });
    expect((await staff.post(`${PATH}/replay`, { queue: group.queue })).body).toEqual({ replaying: 1, remaining: 0 });
    expect((await staff.get(`${PATH}?status=waiting`)).body.data).toMatchObject([{ queue: 'other.queue' }]);
    for (const wrong of [{}, { error: 'busy' }, { queue: '' }, { ...group, all: true }]) {
      expect((await staff.post(`${PATH}/replay`, wrong)).status).toBe(422);
    }
  });

  it('are discarded with a reason, and then stay discarded', async () => {
    const id = await aLetter();
    for (const wrong of [{}, { reason: ' ' }, { reason: 'x'.repeat(501) }]) {
      expect((await staff.post(`${PATH}/${id}/discard`, wrong)).status).toBe(422);
    }
    const history = [{ action: 'discard', actor: 'staff:admin', note: 'refunded by hand', at: expect.any(String) }];
    for (const reason of ['refunded by hand', 'another']) {
      const { status, body } = await staff.post(`${PATH}/${id}/discard`, { reason });
      expect({ status, body }).toMatchObject({ status: 200, body: { status: 'discarded', history } });
    }
    expect(await staff.post(`${PATH}/${id}/replay`, undefined)).toMatchObject({ status: 409 });
    expect(await staff.post(`${PATH}/${newId('dead')}/discard`, { reason: 'x' })).toMatchObject({ status: 404 });
  });
});

describe('the outbox', () => {
  it('shows what waits, why, and since when', async () => {
    expect((await staff.get('/v1/admin/outbox')).body).toEqual({
      waiting: 0,
      oldestAgeSeconds: 0,
      data: [],
      nextCursor: null,
    });
    await query(`
      INSERT INTO messaging.outbox (id, type, source, subject, sequence, data, mandatory, correlation_id, traceparent, occurred_at,
        attempts, last_error, published_at)
      SELECT gen_random_uuid(), 'order.placed.v1', 'order', 'order-' || n, 1, '{}', true, 'c', 't', now() - n * interval '10 s',
        n, 'returned', CASE WHEN n = 4 THEN now() END
      FROM generate_series(1, 4) AS n`);
    const first = await staff.get('/v1/admin/outbox?limit=2');
    expect(first.body).toMatchObject({
      waiting: 3,
      data: [{ subject: 'order-1' }, { subject: 'order-2', attempts: 2 }],
    });
    expect(first.body.oldestAgeSeconds).toBeGreaterThanOrEqual(30);
    const second = await staff.get(`/v1/admin/outbox?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ waiting: 3, data: [{ subject: 'order-3', lastError: 'returned' }] });
    expect(second.body.nextCursor).toBeNull();
    expect((await staff.get('/v1/admin/outbox?cursor=bm9uZQ')).status).toBe(422);
  });
});
