import { randomBytes } from 'node:crypto';
import { setImmediate, setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, HttpCode, Injectable, Param } from '@nestjs/common';
import { HTTP_CODE_METADATA, PATH_METADATA } from '@nestjs/common/internal';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { ConfigModule, loadConfig } from '#config';
import { ObservabilityModule } from '#observability';
import {
  currentLease,
  InvalidLockRequest,
  Locked,
  LockingModule,
  LockOrderViolation,
  Locks,
  type LockOptions,
} from './index.js';

const options: LockOptions = { ttlMs: 1_000, waitMs: 5_000, onUnavailable: 'fail-closed' };
const REDIS_KEY_PREFIX = `test-${randomBytes(4).toString('hex')}:`;

class TooBusy extends Error {}

@Injectable()
class Baskets {
  inside = 0;
  overlaps = 0;

  @Locked((id: string) => `cart:${id}`, options)
  async fill(id: string, units: number): Promise<string> {
    this.overlaps += Number((this.inside += 1) > 1);
    await pause(5);
    this.inside -= 1;
    return `${currentLease().keys.join()} has ${units} of ${id}`;
  }

  @Locked((ids: readonly string[]) => ids.map((id) => `cart:${id}`), options)
  async merge(ids: readonly string[]): Promise<string> {
    return currentLease().keys.slice(0, ids.length).join();
  }

  @Locked((id: string) => `cart:${id}`, options)
  async count(id: string): Promise<string> {
    return this.shelf(id);
  }

  @Locked((id: string) => `stock:${id}`, options)
  private async shelf(_id: string): Promise<string> {
    return currentLease().keys.join();
  }

  @Locked((id: string) => `stock:${id}`, options)
  async backwards(id: string): Promise<string> {
    return this.fill(id, 1);
  }

  @Locked((id: string) => `cart:${id}`, { ...options, waitMs: 20, onTimeout: () => new TooBusy() })
  async hurry(_id: string): Promise<void> {}
}

@Controller('baskets')
class BasketController {
  @Locked((id: string) => `cart:${id}`, options)
  @Get(':id')
  @HttpCode(202)
  async read(@Param('id') id: string): Promise<string> {
    return id;
  }
}

const boot = (LOCK_DRIVER: string): Promise<TestingModule> =>
  Test.createTestingModule({
    imports: [
      ConfigModule.forRoot(loadConfig({ ...process.env, REDIS_KEY_PREFIX, LOCK_DRIVER })),
      ObservabilityModule,
      LockingModule.forRoot({ order: ['cart', 'stock'] }),
      LockingModule,
    ],
    controllers: [BasketController],
    providers: [Baskets],
  }).compile();

afterAll(async () => {
  for (const url of loadConfig(process.env).REDIS_URLS) {
    const redis = new Redis(url);
    await redis.del(`${REDIS_KEY_PREFIX}fence`);
    await redis.quit();
  }
});

describe.each(['redis', 'memory'])('a @Locked method with LOCK_DRIVER=%s', (driver) => {
  let module: TestingModule;
  let baskets: Baskets;

  beforeEach(async () => {
    module = await boot(driver);
    baskets = module.get(Baskets);
  });
  afterEach(() => module.close());

  it('runs once at a time for a key, and knows its lease', async () => {
    const fills = await Promise.all([1, 2, 3].map((units) => baskets.fill('a', units)));
    expect(fills).toEqual([1, 2, 3].map((units) => `cart:a has ${units} of a`));
    expect(baskets.overlaps).toBe(0);
  });

  it('waits for whoever locked the key by hand', async () => {
    const lease = await module.get(Locks).acquire('cart:a', options);
    await expect(baskets.hurry('a')).rejects.toBeInstanceOf(TooBusy);
    await lease.release();
    await expect(baskets.hurry('a')).resolves.toBeUndefined();
  });

  it('locks all keys that it names, and may call another inside', async () => {
    expect(await baskets.merge(['b', 'a', 'b'])).toBe('cart:a,cart:b');
    expect(await baskets.count('a')).toBe('stock:a');
    await expect(baskets.backwards('a')).rejects.toBeInstanceOf(LockOrderViolation);
  });

  it('has no lease outside, and none that has ended', async () => {
    expect(() => currentLease()).toThrow(InvalidLockRequest);
    const after = await module.get(Locks).using('cart:a', options, async () => ({
      // While the release is still on its way.
      later: setImmediate()
        .then(() => currentLease())
        .catch((error: unknown) => error),
    }));
    expect(await after.later).toBeInstanceOf(InvalidLockRequest);
  });
});

describe('the decorator', () => {
  it('keeps what others have noted on the method', () => {
    const handler = Object.getOwnPropertyDescriptor(BasketController.prototype, 'read')?.value as object;
    expect(Reflect.getMetadata(PATH_METADATA, handler)).toBe(':id');
    expect(Reflect.getMetadata(HTTP_CODE_METADATA, handler)).toBe(202);
  });

  it('fails the start where there are no locks', async () => {
    const start = Test.createTestingModule({ providers: [Baskets] }).compile();
    await expect(start).rejects.toThrow(/dependencies of the Baskets.*Locks, from LockingModule/);
  });

  it('says so when Nest has not made the object', async () => {
    await expect(new Baskets().fill('a', 1)).rejects.toThrow('fill is @Locked: let Nest create its object');
  });

  it('compares its arguments with those of the method', () => {
    class Wrong {
      // @ts-expect-error The key is made of a number, and the method gets a text.
      @Locked((id: number) => `cart:${id}`, options)
      async read(_id: string): Promise<void> {}
    }
    expect(Wrong).toBeDefined();
  });
});
