import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../../test/support/eventually.js';
import { ZooKeeperServer } from '../../../../../test/support/zookeeper-server.js';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { freshKey, granted } from '../../lock-process.suite.js';
import { describeOutages } from '../outage.suite.js';
import { ZooKeeperDriver } from './zookeeper.driver.js';

describeOutages(
  'a ZooKeeper',
  () => ZooKeeperServer.start(),
  ({ address }, commandTimeoutMs) =>
    new ZooKeeperDriver({ servers: [address], keyPrefix: 'outages', commandTimeoutMs }),
);

describe('a ZooKeeper that is back', () => {
  const ATTEMPTS = 40;
  let server: ZooKeeperServer;
  let driver: ZooKeeperDriver;

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
    driver = new ZooKeeperDriver({ servers: [server.address], keyPrefix: 'back', commandTimeoutMs: 100 });
    await aLock();
  });
  afterAll(async () => {
    await driver.close();
    await server.stop();
  });

  const aLock = async () => driver.release(await eventually(() => granted(driver, [freshKey()])));
  const received = async () => Number(/^Received: (\d+)$/m.exec(await server.tell('srvr'))?.[1]);

  it('is not asked for what was asked for while it was away', async () => {
    await server.kill();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      await expect(granted(driver, [freshKey()])).rejects.toThrow(LockBackendUnavailable);
    }
    await server.start();
    expect(await aLock()).toBe('released');
    // Fewer than the attempts, each of which asks twice: it is asked for what it was in the beginning, and for one lock.
    expect(await received()).toBeLessThan(ATTEMPTS);
  });
});
