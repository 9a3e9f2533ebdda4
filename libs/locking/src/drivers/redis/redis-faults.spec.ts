import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../../../../../test/support/eventually.js';
import { RedisServer } from '../../../../../test/support/redis-server.js';
import { LockBackendUnavailable, LockLost, LockTimeout } from '../../lock.errors.js';
import type { Lease, LockOptions } from '../../locks.js';
import { freshKey, openProcess } from '../../locks.suite.js';
import { RedisDriver } from './redis.driver.js';

const keyPrefix = 'faults:';
const patient: LockOptions = { ttlMs: 2_000, waitMs: 20_000, onUnavailable: 'fail-closed' };

/** Resolves with the reason when the lease is lost. */
async function ended(lease: Lease): Promise<string> {
  if (!lease.signal.aborted) await once(lease.signal, 'abort');
  return (lease.signal.reason as LockLost).reason;
}

describe('locks on a Redis that fails', () => {
  let server: RedisServer;
  let redis: Redis;
  const open: { close(): Promise<void> }[] = [];

  const anotherProcess = async (commandTimeoutMs = 250) => {
    const process = await openProcess(new RedisDriver({ urls: [server.url], keyPrefix, commandTimeoutMs }));
    open.push(process);
    return process;
  };
  const names = async () => (await redis.keys('*')).filter((name) => name !== `${keyPrefix}fence`);

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined); // Tests kill the server.
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((process) => process.close()));
    await redis.flushall();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it.each([
    ['is deleted', (name: string) => redis.del(name)],
    ['is stolen', (name: string) => redis.set(name, 'a thief', 'PX', 60_000)],
  ])('tells the holder by the next renewal when the key %s', async (_, damage) => {
    const { locks, metrics } = await anotherProcess();
    const key = freshKey();
    const lease = await locks.acquire(key, patient);
    await damage(`${keyPrefix}lock:${key}`);
    expect(await ended(lease)).toBe('taken');
    expect(() => lease.assertValid()).toThrow(LockLost);
    expect(await lease.release()).toBe('lost');
    expect(await metrics.render()).toContain('lock_lost_total{reason="taken"} 1');
  });

  it('never takes away or revives a key that it lost', async () => {
    const { locks } = await anotherProcess();
    const [stolen, deleted] = [freshKey(), freshKey()];
    const leases = await Promise.all([locks.acquire(stolen, patient), locks.acquire(deleted, patient)]);
    await redis.set(`${keyPrefix}lock:${stolen}`, 'a thief', 'PX', 60_000);
    await redis.del(`${keyPrefix}lock:${deleted}`);
    await Promise.all(leases.map(ended));
    await Promise.all(leases.map((lease) => lease.release()));
    expect(await names()).toEqual([`${keyPrefix}lock:${stolen}`]);
    expect(await redis.get(`${keyPrefix}lock:${stolen}`)).toBe('a thief');
  });

  it('tells the holder before the key may expire when the server is frozen', async () => {
    const { locks } = await anotherProcess();
    const askedAt = performance.now();
    const lease = await locks.acquire(freshKey(), { ...patient, ttlMs: 1_500 });
    server.freeze();
    try {
      const events: string[] = [];
      lease.signal.addEventListener('abort', () => events.push('aborted'));
      // Timers run in the order of their due times, however late the machine is.
      const expiry = pause(askedAt + 1_500 - performance.now()).then(() => events.push('expired'));
      expect(await ended(lease)).toBe('expired');
      await expiry;
      expect(events).toEqual(['aborted', 'expired']);
    } finally {
      server.thaw();
    }
    expect(await lease.release()).toBe('lost');
  });

  it('does not take the server for dead when it was held up itself', async () => {
    const { locks } = await anotherProcess(100);
    await (await locks.acquire(freshKey(), patient)).release();
    const asked = locks.acquire(freshKey(), patient);
    await new Promise(setImmediate); // It is on its way.
    for (const until = performance.now() + 300; performance.now() < until;);
    expect(await (await asked).release()).toBe('released');
  });

  it('asks for the margin that what comes next will take', async () => {
    const { locks } = await anotherProcess();
    const lease = await locks.acquire(freshKey(), patient);
    expect(() => lease.assertValid(1_000)).not.toThrow();
    expect(() => lease.assertValid(2_000)).toThrow(LockLost);
    expect(await lease.release()).toBe('released');
  });

  it('gives a grant back that arrives after its time, and asks again', async () => {
    const { locks } = await anotherProcess(10_000);
    const long = { ...patient, ttlMs: 4_000 };
    server.freeze();
    const asked = locks.acquire(freshKey(), long);
    await pause(3_000); // Longer than a grant is of use, and shorter than it lasts.
    server.thaw();
    const thawedAt = performance.now();
    const lease = await asked;
    expect(performance.now() - thawedAt).toBeLessThan(long.ttlMs / 2); // It did not end by itself.
    expect(lease.remainingMs()).toBeGreaterThan(long.ttlMs / 2);
    lease.assertValid();
    expect(await lease.release()).toBe('released');
    await eventually(async () => expect(await names()).toEqual([]));
  });

  it('takes back what the server grants after the caller gave up', async () => {
    const { locks } = await anotherProcess(100);
    server.freeze();
    try {
      await expect(locks.acquire(freshKey(), { ...patient, ttlMs: 60_000 })).rejects.toThrow(LockBackendUnavailable);
    } finally {
      server.thaw();
    }
    await eventually(async () => {
      expect(await redis.get(`${keyPrefix}fence`)).not.toBeNull();
      expect(await names()).toEqual([]);
    });
  });

  it('mints greater tokens also after the server lost its data', async () => {
    const { locks } = await anotherProcess();
    const key = freshKey();
    const tokens: bigint[] = [];
    for (let round = 0; round < 3; round += 1) {
      const lease = await locks.acquire(key, patient);
      tokens.push(lease.token);
      await lease.release();
      await redis.flushall();
      await redis.script('FLUSH');
    }
    expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => (a < b ? -1 : 1)));
  });

  it('never mints below a token that it has seen, were the server even a day behind', async () => {
    const { locks } = await anotherProcess();
    const first = await locks.acquire(freshKey(), patient);
    await redis.set(`${keyPrefix}fence`, String(first.token + 86_400_000_000n));
    const ahead = await locks.acquire(freshKey(), patient);
    await redis.del(`${keyPrefix}fence`);
    const after = await locks.acquire(freshKey(), patient);
    expect(ahead.token).toBeGreaterThan(first.token + 86_400_000_000n);
    expect(after.token).toBeGreaterThan(ahead.token);
  });

  it('finds a free key also when the notification is lost', async () => {
    const [one, other] = await Promise.all([anotherProcess(), anotherProcess()]);
    const key = freshKey();
    const lease = await one.locks.acquire(key, patient);
    const next = other.locks.acquire(key, patient);
    await eventually(async () => expect(await names()).toContain(`${keyPrefix}waiting:${key}`));
    await redis.del(`${keyPrefix}waiting:${key}`);
    await lease.release();
    expect(await (await next).release()).toBe('released');
  });

  it('forgets who gave up waiting', async () => {
    const [one, other] = await Promise.all([anotherProcess(), anotherProcess()]);
    const key = freshKey();
    const lease = await one.locks.acquire(key, patient);
    await expect(other.locks.acquire(key, { ...patient, waitMs: 30 })).rejects.toThrow(LockTimeout);
    await eventually(async () => expect(await names()).toEqual([`${keyPrefix}lock:${key}`]));
    await lease.release();
    expect(await names()).toEqual([]);
  });

  it('runs guarded work without the lock, or refuses, while the server is down, and locks again when it is back', async () => {
    const { locks, metrics } = await anotherProcess();
    const key = freshKey();
    const holder = await locks.acquire(key, patient);
    const guarded: LockOptions = { ...patient, onUnavailable: 'database' };
    const waiting = [1, 2, 3].map(() => locks.using(key, guarded, async ({ token }) => token));
    await server.kill();
    expect(await Promise.all(waiting)).toEqual([0n, 0n, 0n]);
    expect(await ended(holder)).toBe('expired');

    await eventually(async () => {
      await expect(locks.acquire(freshKey(), patient)).rejects.toThrow(LockBackendUnavailable);
      expect(await metrics.render()).toContain('lock_breaker_state 1');
    });
    expect(await locks.tryUsing(key, guarded, async (lease) => [lease.token, lease.remainingMs()])).toEqual({
      acquired: true,
      value: [0n, Number.POSITIVE_INFINITY],
    });
    expect(await metrics.render()).toMatch(/lock_fallback_total\{domain="cart",reason="unavailable"\} 4/);

    await server.start();
    const lease = await eventually(() => locks.acquire(key, patient));
    expect(lease.token).toBeGreaterThan(holder.token);
    await lease.release();
    expect(await metrics.render()).toContain('lock_breaker_state 0');
  });

  it('dismisses all who wait when the server freezes, after one command timeout', async () => {
    const { locks } = await anotherProcess(100);
    const key = freshKey();
    server.freeze();
    try {
      const asked = Array.from({ length: 20 }, () => locks.acquire(key, patient));
      const answers = await Promise.allSettled(asked);
      expect(answers.filter((answer) => answer.status === 'rejected')).toHaveLength(20);
    } finally {
      server.thaw();
    }
  });

  it('comes back by itself after a freeze that outlived its connections', async () => {
    const { locks, metrics } = await anotherProcess(100);
    server.freeze();
    try {
      await eventually(async () => {
        await expect(locks.acquire(freshKey(), patient)).rejects.toThrow(LockBackendUnavailable);
        expect(await metrics.render()).toContain('lock_breaker_state 1');
      });
      await pause(2_000);
    } finally {
      server.thaw();
    }
    const lease = await eventually(() => locks.acquire(freshKey(), patient));
    expect(await lease.release()).toBe('released');
  });

  it('starts without the server', async () => {
    await server.kill();
    const driver = new RedisDriver({ urls: [server.url], keyPrefix, commandTimeoutMs: 250 });
    open.push(driver);
    await driver.open(200);
    await expect(driver.check()).rejects.toThrow(LockBackendUnavailable);
    await server.start();
    await eventually(() => driver.check());
  });
});
