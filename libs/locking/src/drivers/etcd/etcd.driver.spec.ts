/** @servers etcd */
import { randomBytes } from 'node:crypto';
import { afterAll, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { loadConfig } from '#config';
import { InvalidLockRequest } from '../../lock.errors.js';
import { describeLocks, freshKey, openProcess } from '../../locks.suite.js';
import { EtcdDriver } from './etcd.driver.js';

const { ETCD_URLS: urls } = loadConfig(process.env);
const keyPrefix = `test-${randomBytes(4).toString('hex')}/`;

const driver = () => new EtcdDriver({ urls, keyPrefix, commandTimeoutMs: 2_000 });

describeLocks('etcd', driver, { raisesTokens: false, keepsSessions: true, keysMax: 60 });

it('runs work of more keys than it takes at once without the lock, or refuses it, as the policy says', async () => {
  const { locks, close } = await openProcess(driver());
  const keys = Array.from({ length: 61 }, freshKey);
  const options = { ttlMs: 2_000, waitMs: 0 };
  try {
    const token = await locks.using(keys, { ...options, onUnavailable: 'database' }, async (lease) => lease.token);
    expect(token).toBe(0n);
    const refused = locks.using(keys, { ...options, onUnavailable: 'fail-closed' }, async () => 'done');
    await expect(refused).rejects.toThrow(
      new InvalidLockRequest(
        "This lock service takes 60 keys at a time, not 61. Lock fewer keys, or use the policy 'database'.",
      ),
    );
  } finally {
    await close();
  }
});

afterAll(async () => {
  const etcd = new Etcd3({ hosts: [...urls] });
  await etcd.delete().prefix(keyPrefix);
  etcd.close();
});
