import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { ConfigModule, loadConfig } from '#config';
import { HealthChecks, Metrics, ObservabilityModule } from '#observability';
import {
  InvalidLockRequest,
  LockOrderViolation,
  LockReentry,
  LockTimeout,
  LockingModule,
  Locks,
  type LockOptions,
} from './index.js';

const options: LockOptions = { ttlMs: 1_000, waitMs: 5_000, onUnavailable: 'fail-closed' };
const REDIS_KEY_PREFIX = `test-${randomBytes(4).toString('hex')}:`;
const nothing = () => Promise.resolve();

async function boot(env: Record<string, string>): Promise<TestingModule> {
  const config = loadConfig({ ...process.env, REDIS_KEY_PREFIX, ...env });
  const imports = [
    ConfigModule.forRoot(config),
    ObservabilityModule,
    LockingModule.forRoot({ order: ['cart', 'stock'] }),
    LockingModule,
  ];
  return Test.createTestingModule({ imports }).compile();
}

afterAll(async () => {
  for (const url of loadConfig(process.env).REDIS_URLS) {
    const redis = new Redis(url);
    await redis.del(`${REDIS_KEY_PREFIX}fence`);
    await redis.quit();
  }
});

describe.each(['redis', 'none'])('locks with LOCK_DRIVER=%s', (LOCK_DRIVER) => {
  let module: TestingModule;
  let locks: Locks;

  beforeEach(async () => {
    module = await boot({ LOCK_DRIVER });
    locks = module.get(Locks);
  });
  afterEach(() => module.close());

  it('run the work and give back its value', async () => {
    expect(await locks.using(['stock:b', 'stock:a', 'stock:b', 'cart:1'], options, async ({ keys }) => keys)).toEqual([
      'cart:1',
      'stock:a',
      'stock:b',
    ]);
    expect(await locks.tryUsing('cart:1', options, async () => 'done')).toEqual({ acquired: true, value: 'done' });
    expect(await (await locks.acquire('cart:1', options)).release()).toBe('released');
  });

  it('are taken from the outer domain to the inner, never back', async () => {
    const inside = (outer: string, inner: string) =>
      locks.using(outer, options, () => locks.using(inner, options, async () => 'inside'));
    expect(await inside('cart:1', 'stock:a')).toBe('inside');
    await expect(inside('stock:a', 'cart:1')).rejects.toBeInstanceOf(LockOrderViolation);
    await expect(inside('stock:a', 'stock:b')).rejects.toBeInstanceOf(LockOrderViolation);
    await expect(inside('cart:1', 'cart:1')).rejects.toBeInstanceOf(LockReentry);
    await expect(
      locks.using('cart:1', options, () => locks.using('stock:a', options, () => locks.acquire('cart:1', options))),
    ).rejects.toBeInstanceOf(LockReentry);
  });

  it('do not hold against work what ended around it', async () => {
    let later = nothing;
    await locks.using('stock:a', options, async () => {
      const gate = new Promise<void>((resolve) => {
        later = async () => resolve();
      });
      const outliving = gate.then(() => locks.using('cart:1', options, nothing));
      const release = later;
      later = async () => {
        await release();
        await outliving;
      };
    });
    await expect(later()).resolves.toBeUndefined();
  });

  it.each([
    ['no key', [], options],
    ['a key without a domain', 'cart', options],
    ['a domain that is not in the order', 'order:1', options],
    ['a key with a space', 'cart:1 2', options],
    ['a ttl that is no whole number', 'cart:1', { ...options, ttlMs: 100.5 }],
    ['a wait before the start', 'cart:1', { ...options, waitMs: -1 }],
  ])('refuse %s', async (_, keys, wrong) => {
    await expect(locks.using(keys, wrong, nothing)).rejects.toBeInstanceOf(InvalidLockRequest);
  });
});

describe('locks on Redis', () => {
  let module: TestingModule;
  let locks: Locks;

  beforeEach(async () => {
    module = await boot({});
    locks = module.get(Locks);
  });
  afterEach(() => module.close());

  it('let work run without the lock after a wait that timed out, if its caller says so', async () => {
    const lease = await locks.acquire('stock:a', options);
    const impatient = { ...options, waitMs: 20 };
    await expect(locks.using('stock:a', impatient, nothing)).rejects.toBeInstanceOf(LockTimeout);
    expect(await locks.using('stock:a', { ...impatient, onTimeout: 'database' }, async ({ token }) => token)).toBe(0n);
    expect(await module.get(Metrics).render()).toContain('lock_fallback_total{domain="stock",reason="timeout"} 1');
    await lease.release();
  });

  it('report their health', async () => {
    const { checks } = await module.get(HealthChecks).report();
    expect(checks).toEqual([{ name: 'redis', ok: true, critical: false }]);
  });

  it('measure waiting and holding', async () => {
    await locks.using('cart:1', options, nothing);
    const metrics = await module.get(Metrics).render();
    expect(metrics).toContain('lock_acquire_seconds_count{domain="cart",outcome="granted"} 1');
    expect(metrics).toContain('lock_hold_seconds_count{domain="cart"} 1');
  });
});

describe('locks switched off', () => {
  it('exclude nobody', async () => {
    const module = await boot({ LOCK_DRIVER: 'none' });
    const locks = module.get(Locks);
    const leases = await Promise.all([locks.acquire('cart:1', options), locks.acquire('cart:1', options)]);
    expect(leases.map((lease) => lease.token)).toEqual([0n, 0n]);
    for (const lease of leases) lease.assertValid(60_000);
    await module.close();
  });
});
