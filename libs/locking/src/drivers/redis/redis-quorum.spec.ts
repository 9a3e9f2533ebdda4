import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../../../../../test/support/eventually.js';
import { RedisServer } from '../../../../../test/support/redis-server.js';
import { LockBackendUnavailable, LockLost, LockTimeout } from '../../lock.errors.js';
import type { LockOptions } from '../../locks.js';
import { describeLocks, freshKey, openProcess } from '../../locks.suite.js';
import { RedisDriver } from './redis.driver.js';

const keyPrefix = 'quorum:';
const patient: LockOptions = { ttlMs: 2_000, waitMs: 20_000, onUnavailable: 'fail-closed' };

async function locksOn(server: RedisServer): Promise<string[]> {
  const redis = new Redis(server.url);
  try {
    return await redis.keys(`${keyPrefix}lock:*`);
  } finally {
    redis.disconnect();
  }
}

describe('locks on a majority of three servers', () => {
  let servers: [RedisServer, RedisServer, RedisServer];
  const open: { close(): Promise<void> }[] = [];
  const driver = () => new RedisDriver({ urls: servers.map(({ url }) => url), keyPrefix, commandTimeoutMs: 500 });
  const anotherProcess = async () => {
    const process = await openProcess(driver());
    open.push(process);
    return process.locks;
  };
  beforeAll(async () => {
    servers = await Promise.all([RedisServer.start(), RedisServer.start(), RedisServer.start()]);
  });
  afterEach(() => Promise.all(open.splice(0).map((process) => process.close())));
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  describeLocks('redis on three servers', driver, { raisesTokens: true, keepsSessions: false });

  it('works, and renews, while one server is down and while one is frozen', async () => {
    const locks = await anotherProcess();
    const key = freshKey();
    const tokens: bigint[] = [];
    const holdForAWhile = () =>
      locks.using(key, { ...patient, ttlMs: 900 }, async (lease) => {
        await pause(1_200);
        lease.assertValid();
        tokens.push(lease.token);
      });
    await servers[0].kill();
    await holdForAWhile();
    await servers[0].start();
    servers[1].freeze();
    try {
      await eventually(holdForAWhile);
    } finally {
      servers[1].thaw();
    }
    await servers[2].kill();
    await eventually(holdForAWhile);
    await servers[2].start();
    expect(tokens).toEqual(tokens.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(tokens).size).toBe(3);
  });

  it('fails without a majority and leaves no key on the server that is left', async () => {
    const locks = await anotherProcess();
    await Promise.all([servers[0].kill(), servers[1].kill()]);
    try {
      await expect(locks.acquire(freshKey(), { ...patient, ttlMs: 60_000 })).rejects.toThrow(LockBackendUnavailable);
      await eventually(async () => expect(await locksOn(servers[2])).toEqual([]));
    } finally {
      await Promise.all([servers[0].start(), servers[1].start()]);
    }
  });

  it('refuses in bounded time when the votes are split evenly, and leaves nothing', async () => {
    const locks = await anotherProcess();
    const key = freshKey();
    const redis = new Redis(servers[1].url);
    await redis.set(`${keyPrefix}lock:${key}`, 'a thief', 'PX', 60_000);
    redis.disconnect();
    await servers[2].kill();
    try {
      await expect(locks.acquire(key, { ...patient, waitMs: 300 })).rejects.toThrow(LockTimeout);
      await eventually(async () => expect(await locksOn(servers[0])).toEqual([]));
    } finally {
      await servers[2].start();
    }
  });

  it('tells the holder before its keys may expire when a majority is frozen', async () => {
    const locks = await anotherProcess();
    const lease = await locks.acquire(freshKey(), { ...patient, ttlMs: 1_000 });
    const frozen = [servers[0], servers[1]];
    for (const server of frozen) server.freeze();
    try {
      await once(lease.signal, 'abort');
      expect(() => lease.assertValid()).toThrow(LockLost);
    } finally {
      for (const server of frozen) server.thaw();
    }
    expect(await lease.release()).toBe('lost');
  });
});
