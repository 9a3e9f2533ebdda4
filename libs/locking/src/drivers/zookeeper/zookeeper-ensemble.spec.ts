/** @servers zookeeper */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../../test/support/eventually.js';
import { ZooKeeperEnsemble } from '../../../../../test/support/zookeeper-ensemble.js';
import { freshKey, granted } from '../../lock-process.suite.js';
import { ZooKeeperDriver } from './zookeeper.driver.js';

describe('a process on a ZooKeeper server that only follows', () => {
  let ensemble: ZooKeeperEnsemble;
  let driver: ZooKeeperDriver;

  beforeAll(async () => {
    ensemble = await ZooKeeperEnsemble.start();
    driver = new ZooKeeperDriver({
      urls: [ensemble.followers[0]!.address],
      keyPrefix: 'ensemble',
      commandTimeoutMs: 1_000,
    });
  });
  afterAll(async () => {
    await driver.close();
    await ensemble.stop();
  });

  it('does not believe that it still holds a lock while that server hears nothing of the leader', async () => {
    const grant = await eventually(() => granted(driver, [freshKey()]));
    expect(await driver.renew([grant])).toEqual(['renewed']);
    ensemble.leader.freeze();
    try {
      expect(await driver.renew([grant])).toEqual(['unknown']);
    } finally {
      ensemble.leader.thaw();
    }
  });

  it('notices that one lock of several was taken from it', async () => {
    const [taken, kept] = await eventually(() =>
      Promise.all([granted(driver, [freshKey()]), granted(driver, [freshKey()])]),
    );
    expect(await driver.forceRelease(taken.keys[0]!)).toBe(true);
    expect(await driver.renew([taken, kept])).toEqual(['lost', 'renewed']);
  });
});
