/** @servers zookeeper */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ZooKeeper, { type Stat } from 'node-zookeeper-client';
import { eventually } from '../../../../../test/support/eventually.js';
import { ZooKeeperServer } from '../../../../../test/support/zookeeper-server.js';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { freshKey, granted } from '../../lock-process.suite.js';
import { describeOutages } from '../outage.suite.js';
import { Paths } from './paths.js';
import { ZooKeeperDriver } from './zookeeper.driver.js';
import { ZooKeeperSession } from './zookeeper-session.js';

describeOutages(
  'a ZooKeeper',
  () => ZooKeeperServer.start(),
  ({ address }, commandTimeoutMs) => new ZooKeeperDriver({ urls: [address], keyPrefix: 'outages', commandTimeoutMs }),
);

const aLock = (of: ZooKeeperDriver) => eventually(async () => of.release(await granted(of, [freshKey()])));

describe('a ZooKeeper that does not do what it is asked for', () => {
  const ATTEMPTS = 40;
  const TTL_MS = 5_000;
  const KEY_PREFIX = 'refusing';
  let server: ZooKeeperServer;
  let driver: ZooKeeperDriver;

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
    driver = new ZooKeeperDriver({ urls: [server.address], keyPrefix: KEY_PREFIX, commandTimeoutMs: 2_000 });
  });
  afterAll(async () => {
    await driver.close();
    await server.stop();
  });

  const received = async () => Number(/^Received: (\d+)$/m.exec(await server.tell('srvr'))?.[1]);

  it('is not asked again for what was asked for while it was away', async () => {
    const hasty = new ZooKeeperDriver({ urls: [server.address], keyPrefix: KEY_PREFIX, commandTimeoutMs: 250 });
    await aLock(hasty);
    await server.kill();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      await expect(granted(hasty, [freshKey()])).rejects.toThrow(LockBackendUnavailable);
    }
    await server.start();
    await aLock(hasty);
    // Fewer than the attempts, each of which asks twice: it is asked for what it was in the beginning, and for one lock.
    expect(await received()).toBeLessThan(ATTEMPTS);
    await hasty.close();
  });

  it('is as good as none while it refuses', async () => {
    const session = new ZooKeeperSession({ servers: server.address, timeoutMs: 5_000, commandTimeoutMs: 2_000 });
    const allow = (permission: number) =>
      session.call<Stat>((client, answer) => {
        const acls = [new ZooKeeper.ACL(permission, new ZooKeeper.Id('world', 'anyone'))];
        client.setACL(new Paths(KEY_PREFIX).locks, acls, answer);
      });
    const grant = await granted(driver, [freshKey()]);
    await allow(ZooKeeper.Permission.ADMIN);
    expect(await driver.renew([grant])).toEqual(['unknown']);
    await expect(driver.check()).rejects.toThrow(LockBackendUnavailable);
    await expect(driver.release(grant)).rejects.toThrow(LockBackendUnavailable);
    await allow(ZooKeeper.Permission.ALL);
    await driver.check();
    await session.close();
  });

  it('that did not take a place back at once takes nothing else with it', async () => {
    const session = new ZooKeeperSession({ servers: server.address, timeoutMs: 5_000, commandTimeoutMs: 2_000 });
    const paths = new Paths(KEY_PREFIX);
    const [barred, ...wanted] = [freshKey(), freshKey(), freshKey()].toSorted() as [string, string, string];
    const allow = (permission: number) =>
      session.call<Stat>((client, answer) => {
        const acls = [new ZooKeeper.ACL(permission, new ZooKeeper.Id('world', 'anyone'))];
        client.setACL(paths.lockOf(barred), acls, answer);
      });
    await session.call<string>((client, answer) => client.mkdirp(paths.lockOf(barred), answer));
    await allow(ZooKeeper.Permission.ADMIN);
    // What this one may have left cannot be looked after, and what is left later waits behind it.
    await expect(driver.acquire([barred], TTL_MS, () => undefined).attempt()).rejects.toThrow(LockBackendUnavailable);
    const others = await Promise.all(wanted.map((key) => granted(driver, [key])));
    let notifications = 0;
    const acquisition = driver.acquire(wanted, TTL_MS, () => (notifications += 1));
    for (const other of others) {
      expect((await acquisition.attempt()).outcome).toBe('refused');
      const before = notifications;
      await driver.release(other);
      await eventually(() => expect(notifications).toBeGreaterThan(before));
    }
    const attempt = await acquisition.attempt();
    if (attempt.outcome !== 'granted') throw new Error('It is free, and was refused.');
    await allow(ZooKeeper.Permission.ALL);
    await eventually(async () => expect(await session.children(paths.places)).toEqual([]));
    await session.remove(paths.lockOf(barred));
    expect(await driver.check()).toBeUndefined();
    expect(await driver.renew([attempt.grant])).toEqual(['renewed']);
    expect(await driver.release(attempt.grant)).toBe('released');
    await session.close();
  });

  it('is asked again over a new connection when one ended in the middle of an answer', async () => {
    const [host, port] = server.address.split(':');
    let cuts = false;
    const middle = createServer((near) => {
      const far = connect({ host: host!, port: Number(port) });
      near.pipe(far);
      far.on('data', (answer: Buffer) => {
        near.write(cuts ? answer.subarray(0, 10) : answer);
        if (cuts) near.end();
        cuts = false;
      });
      near.on('close', () => far.destroy()).on('error', () => near.destroy());
      far.on('close', () => near.destroy()).on('error', () => far.destroy());
    }).listen(0, '127.0.0.1');
    await once(middle, 'listening');
    const address = `127.0.0.1:${(middle.address() as AddressInfo).port}`;
    const another = new ZooKeeperDriver({ urls: [address], keyPrefix: 'middle', commandTimeoutMs: 1_000 });
    try {
      await eventually(() => granted(another, [freshKey()]));
      cuts = true;
      await expect(granted(another, [freshKey()])).rejects.toThrow(LockBackendUnavailable);
      expect(await another.release(await eventually(() => granted(another, [freshKey()])))).toBe('released');
    } finally {
      await another.close();
      middle.close();
    }
  });
});
