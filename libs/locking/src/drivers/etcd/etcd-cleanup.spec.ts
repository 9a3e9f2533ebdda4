/** @servers etcd */
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { EtcdServer } from '../../../../../test/support/etcd-server.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { LockBackendUnavailable, LockTimeout } from '../../lock.errors.js';
import { freshKey, openProcess } from '../../lock-process.suite.js';
import type { LockOptions, Locks } from '../../locks.js';
import { EtcdDriver } from './etcd.driver.js';

// The faults that tests make are not news.
Logger.overrideLogger(false);

/** So long that no lease of a lock ends during a test. */
const long: LockOptions = { ttlMs: 120_000, waitMs: 20_000, onUnavailable: 'fail-closed' };
const keyPrefix = 'cleanup/';

let server: EtcdServer;
let etcd: Etcd3;
const open: { close(): Promise<void> }[] = [];

const aDriver = (commandTimeoutMs: number) => new EtcdDriver({ urls: [server.url], keyPrefix, commandTimeoutMs });
const anotherProcess = async (commandTimeoutMs = 2_000): Promise<Locks> => {
  const process = await openProcess(aDriver(commandTimeoutMs));
  open.push(process);
  return process.locks;
};
const names = async () =>
  (await etcd.getAll().prefix(keyPrefix).keys()).filter((name) => !name.startsWith(`${keyPrefix}session/`));

beforeAll(async () => {
  server = await EtcdServer.start();
  etcd = new Etcd3({ hosts: server.url });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((process) => process.close()));
  await etcd.delete().prefix(keyPrefix);
});
afterAll(async () => {
  etcd.close();
  await server.stop();
});

it('leaves nothing on the server after waits that timed out, while the process goes on', async () => {
  const [one, other] = await Promise.all([anotherProcess(), anotherProcess()]);
  const key = freshKey();
  const lease = await one.acquire(key, long);
  for (let wait = 1; wait <= 10; wait += 1) {
    await expect(other.acquire(key, { ...long, waitMs: 30 })).rejects.toBeInstanceOf(LockTimeout);
  }
  await lease.release();
  await eventually(async () => expect(await names()).toEqual([]));
});

it('leaves nothing on the server for good by an answer that did not come, while the process goes on', async () => {
  const locks = await anotherProcess(100);
  const key = freshKey();
  await eventually(async () => (await locks.acquire(key, long)).release());
  server.freeze();
  try {
    await expect(locks.acquire(key, long)).rejects.toBeInstanceOf(LockBackendUnavailable);
  } finally {
    server.thaw();
  }
  await eventually(async () => (await locks.acquire(key, long)).release());
  await eventually(async () => expect(await names()).toEqual([]));
});
