/** @servers zookeeper */
import { randomBytes } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { loadConfig } from '#config';
import { describeLocks } from '../../locks.suite.js';
import { Paths } from './paths.js';
import { ZooKeeperDriver } from './zookeeper.driver.js';
import { ZooKeeperSession } from './zookeeper-session.js';

const { ZOOKEEPER_URLS: servers } = loadConfig(process.env);
const keyPrefix = `test-${randomBytes(4).toString('hex')}`;
const commandTimeoutMs = 2_000;

describeLocks('zookeeper', () => new ZooKeeperDriver({ urls: servers, keyPrefix, commandTimeoutMs }), {
  raisesTokens: false,
  keepsSessions: true,
});

afterAll(async () => {
  const session = new ZooKeeperSession({ servers: servers.join(','), timeoutMs: 5_000, commandTimeoutMs });
  const remove = async (path: string): Promise<void> => {
    for (const name of await session.children(path)) await remove(`${path}/${name}`);
    await session.remove(path);
  };
  const [folder = ''] = new Paths(keyPrefix).folders;
  await remove(folder.slice(0, folder.lastIndexOf('/')));
  await session.close();
});
