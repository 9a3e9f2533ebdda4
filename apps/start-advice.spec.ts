import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule, loadConfig } from '#config';
import { DatabaseModule, Migrations } from '#database';
import { HttpModule } from '#http';
import { createTestDatabase } from '../test/support/test-database.js';
import { startAdvice } from './start-advice.js';

const listening = async (port: number, host = '127.0.0.1'): Promise<Server> => {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  return server;
};
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

const openDatabase = (url: string) => {
  @Module({
    imports: [
      ConfigModule.forRoot(loadConfig({ ...process.env, DATABASE_URL: url })),
      DatabaseModule.forRoot('spec', [HttpModule.schema]),
    ],
  })
  class Root {}
  return NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
};

describe('a start that fails says in one line what to do, when', () => {
  it('a setting is wrong', async () => {
    const error = await failureOf(Promise.resolve({ LOCK_DRIVER: 'paper' }).then(loadConfig));
    expect(startAdvice(error)).toMatch(/^Setting LOCK_DRIVER [^\n]+\.env\.example[^\n]+$/);
  });

  it('the port is in use', async () => {
    const server = await listening(0);
    const { port } = server.address() as AddressInfo;
    const advice = startAdvice(await failureOf(listening(port)));
    server.close();
    expect(advice).toMatch(new RegExp(`^127\\.0\\.0\\.1:${port} is in use\\. [^\n]*WORKER_PORT[^\n]*$`));
  });

  it.each(['203.0.113.9', 'no.such.host.invalid'])('HOST is not of this machine (%s)', async (host) => {
    expect(startAdvice(await failureOf(listening(0, host)))).toMatch(/^HOST names no address of this machine[^\n]+$/);
  });

  it('HOST cannot be looked up by a machine without a network', () => {
    // As Node reports it: a test cannot take the network away.
    const error = Object.assign(new Error('getaddrinfo EAI_AGAIN shop'), { code: 'EAI_AGAIN', hostname: 'shop' });
    expect(startAdvice(error)).toMatch(/^HOST names no address of this machine[^\n]+$/);
  });

  it('the database does not answer', async () => {
    const advice = startAdvice(await failureOf(openDatabase('postgres://shop:secret@127.0.0.1:1/shop')));
    expect(advice).toMatch(/^PostgreSQL at 127\.0\.0\.1:1\/shop [^\n]*DATABASE_URL[^\n]*$/);
    expect(advice).not.toContain('secret');
  });

  it('the schema is older than the program', async () => {
    const database = await createTestDatabase();
    const context = await openDatabase(database.url);
    const advice = startAdvice(await failureOf(context.get(Migrations).assertApplied()));
    await context.close();
    await database.drop();
    expect(advice).toMatch(/^The database lacks 2 migration[^\n]*`migrate`[^\n]*$/);
  });

  it('and nothing, when the program itself is to blame: then the stack is shown', () => {
    expect(startAdvice(new TypeError('x is not a function'))).toBeUndefined();
    expect(startAdvice('thrown')).toBeUndefined();
  });
});
