/** @servers zookeeper */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import ZooKeeper from 'node-zookeeper-client';
import { ZooKeeperServer } from '../../../../../test/support/zookeeper-server.js';
import { freshKey } from '../../lock-process.suite.js';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { ZooKeeperDriver } from './zookeeper.driver.js';
import { ZooKeeperSession } from './zookeeper-session.js';

const KEY_PREFIX = 'full';
const TTL_MS = 5_000;
const commandTimeoutMs = 2_000;

let server: ZooKeeperServer;
let driver: ZooKeeperDriver;
let session: ZooKeeperSession;

beforeAll(async () => {
  server = await ZooKeeperServer.start({ id: 1, settings: ['enforceQuota=true'] });
  driver = new ZooKeeperDriver({ urls: [server.address], keyPrefix: KEY_PREFIX, commandTimeoutMs });
  session = new ZooKeeperSession({ servers: server.address, timeoutMs: 5_000, commandTimeoutMs });
});

afterAll(async () => {
  await driver.close();
  await session.close();
  await server.stop();
});

/** As `setquota -N` of ZooKeeper's own command line does it. */
async function allowNodes(count: number): Promise<void> {
  const quota = `/zookeeper/quota/${KEY_PREFIX}`;
  await session.call<string>((client, answer) => client.mkdirp(quota, answer));
  const notes = {
    zookeeper_limits: `count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=${count}`,
    zookeeper_stats: 'count=0,bytes=0',
  };
  for (const [name, text] of Object.entries(notes)) {
    await session.call<string>((client, answer) =>
      client.create(`${quota}/${name}`, Buffer.from(text), ZooKeeper.CreateMode.PERSISTENT, answer),
    );
  }
}

it('a server that refuses in words that the client does not know cannot be used, and ends no process', async () => {
  const attempt = await driver.acquire([freshKey()], TTL_MS).attempt();
  if (attempt.outcome !== 'granted') throw new Error('The first lock of all was refused.');
  await allowNodes(1);
  await expect(driver.acquire([freshKey()], TTL_MS).attempt()).rejects.toBeInstanceOf(LockBackendUnavailable);
  await expect(driver.release(attempt.grant)).resolves.toBe('released');
});
