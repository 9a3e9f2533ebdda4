/** @servers none */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { Checkout } from './checkout.js';

interface Kind {
  readonly name: string;
}

const { CATALOGUE } = (await import(new URL('../../docker/servers/catalogue.mjs', import.meta.url).href)) as {
  CATALOGUE: readonly Kind[];
};
const { isOfOtherVersion } = (await import(new URL('../../docker/services/explain.mjs', import.meta.url).href)) as {
  isOfOtherVersion: (kind: Kind, output: string) => boolean;
};

/** RabbitMQ alone takes half a minute to start where the machine is busy. */
jest.setTimeout(240_000);

/** A server log of 5 MB and the one before it. */
const LOG_BYTES_MAX = 10_000_000;
const LINES_WRITTEN = 14_000;

let checkout: Checkout;
beforeEach(async () => {
  checkout = await Checkout.create();
});
afterEach(async () => {
  await checkout.remove();
});

it('bounds what a server logs after the command that started it has ended, and keeps the newest lines', async () => {
  await checkout.services(['up', 'redis']);
  const client = new Redis(checkout.redisUrl());
  const script = `for i = 1, ${LINES_WRITTEN} do redis.log(redis.LOG_WARNING, string.rep('x', 1000) .. ' ' .. i) end`;
  await client.eval(script, 0);
  await client.quit();
  expect(await checkout.services(['stop', 'redis'])).toMatchObject({ code: 0 });

  const folder = await checkout.home('redis', 'log');
  const files = (await readdir(folder)).map((name) => path.join(folder, name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(LOG_BYTES_MAX);
  expect(await readFile(path.join(folder, 'server.log'), 'utf8')).toContain(` ${LINES_WRITTEN}\n`);
});

describe('data that another version of the program has written', () => {
  it('of Redis is named as the cause, with the way out', async () => {
    await checkout.services(['up', 'redis']);
    await checkout.services(['stop', 'redis']);
    const files = await checkout.home('redis', 'appendonlydir');
    const base = (await readdir(files)).find((name) => name.endsWith('.base.rdb'));
    await writeFile(path.join(files, String(base)), 'REDIS0099');

    const { code, stderr } = await checkout.services(['up', 'redis']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Redis does not start: its data in .* was written by another version of Redis\.$/m);
    expect(stderr).toMatch(/ npm run services -- reset redis$/m);
    expect(stderr).toContain("Can't handle RDB format version 99");

    expect(await checkout.services(['reset', 'redis'])).toMatchObject({ code: 0 });
    expect(await checkout.services(['up', 'redis'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['PostgreSQL', 'postgres', 'data/PG_VERSION', '14\n'],
    ['RabbitMQ', 'rabbitmq', 'mnesia/holdfast@localhost/schema_version', '[{rabbit,[a_table_of_the_future]}].'],
  ])('of %s is named as the cause, with the way out', async (title, name, file, text) => {
    await checkout.services(['up', name]);
    await checkout.services(['stop', name]);
    await writeFile(await checkout.home(name, file), text);

    const { code, stderr } = await checkout.services(['up', name]);
    expect(code).toBe(1);
    const cause = `^${title} does not start: its data in .* was written by another version of ${title}\\.$`;
    expect(stderr).toMatch(new RegExp(cause, 'm'));
    expect(stderr).toMatch(new RegExp(` npm run services -- reset ${name}$`, 'm'));
  });

  it.each([
    // What 4.0 prints at data of 3.10: github.com/rabbitmq/rabbitmq-server/issues/15444
    ['rabbitmq', 'BOOT FAILED\n===========\nError during startup: {error,failed_to_initialize_feature_flags_registry}'],
    ['etcd', '{"level":"fatal","msg":"invalid downgrade; server version is lower than determined cluster version"}'],
  ])('of %s is recognised by what its newer or older releases print', (name, output) => {
    const kind = CATALOGUE.find((each) => each.name === name);
    expect(isOfOtherVersion(kind!, output)).toBe(true);
    expect(
      isOfOtherVersion(kind!, 'BOOT FAILED\nError during startup: {error,{could_not_start_listener,eaddrinuse}}'),
    ).toBe(false);
  });
});
