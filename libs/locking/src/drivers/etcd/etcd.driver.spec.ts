import { randomBytes } from 'node:crypto';
import { afterAll, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { loadConfig } from '#config';
import { Metrics } from '#observability';
import { Leases } from '../../leases.js';
import { granted } from '../../lock-process.suite.js';
import { InvalidLockRequest } from '../../lock.errors.js';
import { LockTelemetry } from '../../lock-telemetry.js';
import { describeLocks, freshKey } from '../../locks.suite.js';
import { EtcdDriver } from './etcd.driver.js';

const { ETCD_URLS: urls } = loadConfig(process.env);
const keyPrefix = `test-${randomBytes(4).toString('hex')}/`;

const driver = () => new EtcdDriver({ urls, keyPrefix, commandTimeoutMs: 2_000 });

describeLocks('etcd', driver, {
  acrossProcesses: true,
  tokensSurviveDataLoss: false,
  raisesTokens: false,
  notifies: true,
  freesLateMs: 3_000,
});

it('does not take a request that etcd refuses for an outage', async () => {
  const leases = new Leases(driver(), new LockTelemetry(new Metrics()));
  const tooMany = Array.from({ length: 2_000 }, freshKey);
  const one = tooMany.slice(0, 1);
  try {
    for (let time = 1; time <= 6; time += 1) {
      const refused = leases.obtain(tooMany, { ttlMs: 2_000, waitMs: 0 });
      const behind = leases.obtain(one, { ttlMs: 2_000, waitMs: 20_000 });
      await expect(refused).rejects.toBeInstanceOf(InvalidLockRequest);
      expect(await (await behind).release()).toBe('released');
    }
  } finally {
    await leases.close();
  }
});

it('takes 125 keys at once while others take and free keys that are between them', async () => {
  const [one, other] = [driver(), driver()];
  const keys = Array.from({ length: 125 }, (_, index) => `between:${index + 100}`);
  const over = new AbortController();
  const traffic = Array.from({ length: 8 }, async (_, start) => {
    for (let index = start; !over.signal.aborted; index = (index + 8) % keys.length) {
      await other.release(await granted(other, [`${keys[index]}-${start}`]));
    }
  });
  try {
    for (let time = 1; time <= 10; time += 1) expect(await one.release(await granted(one, keys))).toBe('released');
  } finally {
    over.abort();
    await Promise.all(traffic);
    await Promise.all([one.close(), other.close()]);
  }
});

afterAll(async () => {
  const etcd = new Etcd3({ hosts: [...urls] });
  await etcd.delete().prefix(keyPrefix);
  etcd.close();
});
