/** @servers none */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, jest } from '@jest/globals';
import { projectRoot } from '../support/project-root.js';
import { outcomeOf, runScript } from './checkout.js';

const script = fileURLToPath(new URL('docker/test.mjs', projectRoot));
/** None of them can be started from here, so that asking for one ends the command. */
const away = {
  DATABASE_URL: 'postgres://holdfast.invalid/shop',
  REDIS_URLS: 'redis://holdfast.invalid',
  RABBITMQ_URLS: 'amqp://holdfast.invalid',
  ETCD_URLS: 'http://holdfast.invalid:2379',
  ZOOKEEPER_URLS: 'holdfast.invalid:2181',
};

/** It may have to compile first. */
jest.setTimeout(240_000);

it('asks only for the servers that the named tests need', async () => {
  const SERVICES_DIR = await mkdtemp(path.join(tmpdir(), 'holdfast-needed-'));
  const run = async (...args: string[]) => outcomeOf(runScript(script, { args, env: { ...away, SERVICES_DIR } }));
  const kernel = await run('libs/kernel');
  expect(kernel).toMatchObject({ code: 0 });
  expect(kernel.stderr).not.toMatch(/PostgreSQL|Redis|RabbitMQ|etcd|ZooKeeper/);

  const driver = await run('libs/kernel', 'etcd.driver');
  expect(driver.code).toBe(1);
  expect(driver.stderr).toMatch(/^ETCD_URLS: no etcd answers at holdfast\.invalid:2379 /m);
  expect(driver.stderr).not.toMatch(/DATABASE_URL|REDIS_URLS|RABBITMQ_URLS|ZOOKEEPER_URLS/);
  await rm(SERVICES_DIR, { recursive: true });
});
