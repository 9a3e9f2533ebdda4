import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '#observability';
import { eventually } from '../../../test/support/eventually.js';
import { DriverLocks } from './driver-locks.js';
import type { DriverCapabilities, LockDriver } from './drivers/driver.js';
import { Leases } from './leases.js';
import { LockOrder } from './lock-order.js';
import { LockTelemetry } from './lock-telemetry.js';
import { LockTimeout } from './lock.errors.js';
import type { Lease, LockOptions } from './locks.js';

// The faults that tests make are not news.
Logger.overrideLogger(false);

const LIMIT_MS = 20_000;
const patient: LockOptions = { ttlMs: 2_000, waitMs: LIMIT_MS, onUnavailable: 'fail-closed' };

let lastKey = 0;
/** A key that no other test uses. */
export const freshKey = (): string => `cart:${(lastKey += 1)}`;

/** Locks as one process has them, with what may be looked at from outside. */
export async function openProcess(driver: LockDriver) {
  await driver.open(LIMIT_MS);
  const metrics = new Metrics();
  const telemetry = new LockTelemetry(metrics);
  const locks = new DriverLocks(new Leases(driver, telemetry), new LockOrder(['cart', 'order', 'stock']), telemetry);
  return { locks, metrics, close: () => locks.onApplicationShutdown() };
}

const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

/**
 * What every driver must pass. Each driver made here is a process of its own; all of them must work on the same keys.
 */
export function describeLocks(name: string, makeDriver: () => LockDriver, capabilities: DriverCapabilities): void {
  describe(`${name}, like every driver,`, () => {
    const open: { close(): Promise<void> }[] = [];
    const anotherProcess = async () => {
      const process = await openProcess(makeDriver());
      open.push(process);
      return process.locks;
    };
    const aDriver = async () => {
      const driver = makeDriver();
      open.push(driver);
      await driver.open(LIMIT_MS);
      return driver;
    };
    afterEach(async () => {
      await Promise.all(open.splice(0).map((process) => process.close()));
    });

    it('says what it can do', async () => {
      expect((await aDriver()).capabilities).toEqual(capabilities);
    });

    it('lets one holder at a time in, each with a greater token', async () => {
      const processes = await Promise.all([anotherProcess(), anotherProcess(), anotherProcess(), anotherProcess()]);
      const key = freshKey();
      const tokens: bigint[] = [];
      let inside = 0;
      const job = async (lease: Lease) => {
        inside += 1;
        expect(inside).toBe(1);
        tokens.push(lease.token);
        await pause(1);
        lease.assertValid();
        inside -= 1;
      };
      const jobs = processes.flatMap((locks) => Array.from({ length: 15 }, () => locks.using(key, patient, job)));
      await Promise.all(jobs);
      expect(tokens).toHaveLength(60);
      expect(tokens).toEqual(tokens.toSorted((a, b) => (a < b ? -1 : 1)));
      expect(new Set(tokens).size).toBe(60);
    });

    it('serves the callers of one process in the order in which they came', async () => {
      const locks = await anotherProcess();
      const key = freshKey();
      const served: number[] = [];
      const callers = Array.from({ length: 20 }, (_, caller) =>
        locks.using(key, patient, async () => {
          served.push(caller);
        }),
      );
      await Promise.all(callers);
      expect(served).toEqual(callers.map((_, caller) => caller));
    });

    it('keeps crossed keys from locking each other out', async () => {
      const processes = await Promise.all([anotherProcess(), anotherProcess()]);
      const [a, b, c] = [freshKey(), freshKey(), freshKey()];
      const wishes = [
        [a, b],
        [b, a],
        [c, a, b],
        [b, c],
        [c, b, a],
      ];
      let done = 0;
      const jobs = processes.flatMap((locks) =>
        Array.from({ length: 30 }, (_, job) =>
          locks.using(wishes[job % wishes.length]!, patient, async () => {
            done += 1;
          }),
        ),
      );
      await Promise.all(jobs);
      expect(done).toBe(60);
    });

    it('takes all keys or none', async () => {
      const [one, other, third] = await Promise.all([anotherProcess(), anotherProcess(), anotherProcess()]);
      const [free, taken] = [freshKey(), freshKey()];
      await one.using(taken, patient, async () => {
        const wait = other.using([free, taken], { ...patient, waitMs: 100 }, () => Promise.resolve());
        await expect(wait).rejects.toBeInstanceOf(LockTimeout);
        expect(await third.tryUsing(free, patient, () => Promise.resolve(1))).toEqual({ acquired: true, value: 1 });
      });
      const both = await other.using([free, taken], patient, async (lease) => lease.keys);
      expect(both).toEqual([free, taken].toSorted());
    });

    it('leaves nothing behind by a wait in vain', async () => {
      const [one, other, third] = await Promise.all([anotherProcess(), anotherProcess(), anotherProcess()]);
      const key = freshKey();
      const lease = await one.acquire(key, patient);
      await expect(other.acquire(key, { ...patient, waitMs: 50 })).rejects.toBeInstanceOf(LockTimeout);
      expect(await lease.release()).toBe('released');
      expect(await third.tryUsing(key, patient, async () => 1)).toEqual({ acquired: true, value: 1 });
    });

    it('tells without waiting that somebody else has it', async () => {
      const [one, other] = await Promise.all([anotherProcess(), anotherProcess()]);
      const key = freshKey();
      await one.using(key, patient, async () => {
        expect(await other.tryUsing(key, patient, () => Promise.resolve())).toEqual({ acquired: false });
      });
      expect(await other.tryUsing(key, patient, () => Promise.resolve(1))).toEqual({ acquired: true, value: 1 });
    });

    it('goes on holding for as long as the work takes, several times the ttl', async () => {
      const [one, other] = await Promise.all([anotherProcess(), anotherProcess()]);
      const key = freshKey();
      await one.using(key, { ...patient, ttlMs: 600 }, async (lease) => {
        await pause(1_500);
        lease.assertValid();
        expect(await other.tryUsing(key, patient, () => Promise.resolve())).toEqual({ acquired: false });
        expect(lease.signal.aborted).toBe(false);
      });
    });

    it('frees the keys of a process that is gone', async () => {
      const gone = await openProcess(makeDriver());
      const other = await anotherProcess();
      const key = freshKey();
      const lease = await gone.locks.acquire(key, { ...patient, ttlMs: 500 });
      await gone.close();
      const next = await other.acquire(key, patient);
      expect(next.token).toBeGreaterThan(lease.token);
      await next.release();
      await eventually(() => expect(lease.signal.aborted).toBe(true));
    });

    it('is released once, however often it is asked', async () => {
      const [one, other] = await Promise.all([anotherProcess(), anotherProcess()]);
      const key = freshKey();
      const lease = await one.acquire(key, patient);
      expect(await Promise.all([lease.release(), lease.release()])).toEqual(['released', 'released']);
      expect(() => lease.assertValid()).toThrow('The lock was lost');
      expect(lease.remainingMs()).toBe(0);
      const next = await other.acquire(key, patient);
      expect(await lease.release()).toBe('released');
      expect(await one.tryUsing(key, patient, () => Promise.resolve())).toEqual({ acquired: false });
      expect(await next.release()).toBe('released');
    });

    it('ends with the block that declares it', async () => {
      const locks = await anotherProcess();
      const key = freshKey();
      {
        await using lease = await locks.acquire(key, patient);
        expect(lease.remainingMs()).toBeGreaterThan(0);
      }
      expect(await locks.tryUsing(key, patient, () => Promise.resolve(1))).toEqual({ acquired: true, value: 1 });
    });

    it("gives the caller the work's own error", async () => {
      const locks = await anotherProcess();
      const work = locks.using(freshKey(), patient, () => Promise.reject(new Error('sold out')));
      await expect(work).rejects.toThrow('sold out');
    });

    it('leaves no timer behind', async () => {
      const locks = await anotherProcess();
      const before = timers();
      await Promise.all([1, 2, 3].map(() => locks.using(freshKey(), patient, () => Promise.resolve())));
      await eventually(() => expect(timers()).toBeLessThanOrEqual(before));
    });

    if (!capabilities.notifies) return;

    it('tells a waiting process that the key is free', async () => {
      const [one, other] = await Promise.all([aDriver(), aDriver()]);
      const key = freshKey();
      const first = await one.claim([key], 5_000).attempt();
      if (first.outcome !== 'granted') throw new Error('The key was not free.');
      let told = false;
      const claim = other.claim([key], 5_000, () => (told = true));
      expect((await claim.attempt()).outcome).toBe('refused');
      await one.release(first.grant);
      await eventually(() => expect(told).toBe(true));
      expect((await claim.attempt()).outcome).toBe('granted');
    });
  });
}
