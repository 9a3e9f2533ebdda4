/** @servers etcd */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { EtcdServer } from '../../../../../test/support/etcd-server.js';
import { freshKey, granted } from '../../lock-process.suite.js';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { EtcdDriver } from './etcd.driver.js';

let server: EtcdServer;
let driver: EtcdDriver;

beforeAll(async () => {
  server = await EtcdServer.start();
  driver = new EtcdDriver({ urls: [server.url], keyPrefix: 'refusals:', commandTimeoutMs: 2_000 });
});

afterAll(async () => {
  await driver.close();
  await server.stop();
});

/** As `etcdctl auth enable` does it, once there is a root. */
async function askForNames(): Promise<void> {
  const client = new Etcd3({ hosts: server.url });
  await client.role('root').create();
  await client.user('root').create('secret');
  await client.user('root').addRole('root');
  await client.auth.authEnable();
  client.close();
}

it('a server that has begun to ask for a name is one that cannot be used, like any that refuses', async () => {
  await driver.release(await granted(driver, [freshKey()]));
  await askForNames();
  await expect(granted(driver, [freshKey()])).rejects.toThrow(LockBackendUnavailable);
  await expect(driver.check()).rejects.toThrow(LockBackendUnavailable);
});
