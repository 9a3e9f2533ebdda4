import { get } from 'node:http';
import { Writable } from 'node:stream';
import { Module } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import request from 'supertest';
import { CommandsModule } from '#commands';
import { ConfigModule, loadConfig } from '#config';
import { DatabaseModule } from '#database';
import { LockingModule } from '#locking';
import { createPino, ObservabilityModule } from '#observability';
import { contract } from '../../../../apps/shop.js';
import { freePort } from '../../../../test/support/free-port.js';
import { rawRequest } from '../../../../test/support/raw-request.js';
import { createTestDatabase } from '../../../../test/support/test-database.js';
import { createHttpApp, HttpApi, HttpModule, openOperationsPort } from '../index.js';
import { SampleController } from '../sample-api.suite.js';
import { IDLE_TIMEOUT_MS, KEEP_ALIVE_TIMEOUT_MS } from './limits.js';

const BROKEN = [
  ['GET /metrics HTTP/1.1\r\nconnection: close\r\n\r\n', 'bad_request'],
  ['GET /metrics HTTP/1.1\r\nhost: a\r\nexpect: tea\r\n\r\n', 'expectation_failed'],
  [`GET /metrics HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(17_000)}\r\n\r\n`, 'headers_too_large'],
  ['GET /metrics HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 'bad_request'],
  ['CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n', 'method_not_allowed'],
] as const;

const status = async (base: string, path: string) => (await request(base).get(path)).status;

/** Sends the target as it is written: a client library would tidy it first. */
const rawStatus = (base: string, target: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    get({ hostname, port, path: target, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });

it('operations routes are on their own port alone, and the routes of the shop on the other', async () => {
  const database = await createTestDatabase([CommandsModule.schema, HttpModule.schema]);
  const config = loadConfig({ ...process.env, LOCK_DRIVER: 'none', DATABASE_URL: database.url });
  @Module({
    imports: [
      ConfigModule.forRoot(config),
      ObservabilityModule,
      DatabaseModule.forRoot('spec', [CommandsModule.schema, HttpModule.schema]),
      LockingModule.forRoot({ order: [] }),
      HttpModule.forRoot(contract),
      HttpApi,
    ],
    controllers: [SampleController],
  })
  class Root {}
  const port = await freePort();
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const app = await createHttpApp({ module: Root }, createPino(config, 'spec', silent), { operationsPort: port });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const operations = await openOperationsPort(app.getHttpAdapter().getInstance(), { host: '127.0.0.1', port });
  const [shop, ops] = [await app.getUrl(), `http://127.0.0.1:${port}`];
  for (const path of ['/health/live', '/health/ready', '/metrics', '/docs', '/docs/start.js', '/openapi.json']) {
    expect([path, await status(ops, path), await status(shop, path)]).toEqual([path, 200, 404]);
  }
  for (const path of ['/v1/samples/1', '/problems/route_not_found']) {
    expect([path, await status(ops, path), await status(shop, path)]).toEqual([path, 404, 200]);
  }
  for (const target of [
    '/%6detrics',
    '/health/%6cive',
    '/metrics#part',
    '/metrics;x',
    '/metrics?x=1',
    `${shop}/metrics`,
    '//metrics',
  ]) {
    expect([target, await rawStatus(shop, target)]).toEqual([target, 404]);
  }
  expect((await request(shop).get('/metrics')).body).toMatchObject({ code: 'route_not_found' });
  expect([operations.timeout, operations.keepAliveTimeout]).toEqual([IDLE_TIMEOUT_MS, KEEP_ALIVE_TIMEOUT_MS]);
  for (const [bytes, code] of BROKEN) {
    expect((await rawRequest(ops, bytes)).body).toMatchObject({ code });
  }
  operations.closeAllConnections();
  operations.close();
  await app.close();
  await database.drop();
});
