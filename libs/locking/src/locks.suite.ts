import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import { processName, type LockDriver } from './drivers/driver.js';
import { LockTimeout, StaleFence } from './lock.errors.js';
import { freshKey, granted, LIMIT_MS, openProcess } from './lock-process.suite.js';
import { describeSize } from './lock-size.suite.js';
import { describeTime } from './lock-time.suite.js';
import type { Lease, LockOptions, Locks } from './locks.js';

// The faults that tests make are not news.
Logger.overrideLogger(false);

export { freshKey, openProcess } from './lock-process.suite.js';

const patient: LockOptions = { ttlMs: 2_000, waitMs: LIMIT_MS, onUnavailable: 'fail-closed' };

const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

const tokenOf = (locks: Locks, key: string, tokenAbove = 0n) =>
  locks.using(key, { ...patient, tokenAbove }, async ({ token }) => token);

/** Where drivers differ. */
export interface Traits {
  /** Can grant a token above a given one: see `LockOptions.tokenAbove`. */
  readonly raisesTokens: boolean;
  /** Keeps the keys of a process on sessions, so that they live until the session ends. */
  readonly keepsSessions: boolean;
  /** Keys that one lease may have, where that is less than `Locks` allows. */
  readonly keysMax?: number;
}

/**
 * The suite that every driver must pass. Each driver made here is a process of its own; all of them must work on the same keys.
 */
export function describeLocks(name: string, makeDriver: () => LockDriver, traits: Traits): void {
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
    describeTime({ anotherProcess, aDriver }, traits);
    describeSize({ anotherProcess, aDriver }, traits.keysMax);

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

    it('leaves nothing behind after a wait that timed out', async () => {
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

    it('lists who holds what since when, whichever process it is', async () => {
      const [one, other] = await Promise.all([aDriver(), aDriver()]);
      const [a, b] = [freshKey(), freshKey()];
      const held = await granted(one, [a, b]);
      const list = (await other.heldLocks(1_000)).filter(({ key }) => key === a || key === b);
      expect(list.map(({ key }) => key).toSorted()).toEqual([a, b].toSorted());
      // A driver may leave out what its service does not know, but must not make it up.
      for (const { token = held.token, owner = processName, since = new Date(), ttlMs = 1 } of list) {
        expect([token, owner]).toEqual([held.token, processName]);
        expect(Math.abs(since.getTime() - Date.now())).toBeLessThan(60_000);
        expect(ttlMs).toBeGreaterThan(0);
      }
      expect(await other.heldLocks(1)).toHaveLength(1);
      await one.release(held);
      expect((await other.heldLocks(1_000)).map(({ key }) => key)).not.toContain(a);
    });

    it('takes a key from its holder by force, who notices by the next renewal and has a smaller token than the next', async () => {
      const [one, driver] = await Promise.all([anotherProcess(), aDriver()]);
      const key = freshKey();
      const lease = await one.acquire(key, patient);
      expect(await driver.forceRelease(key)).toBe(true);
      const next = await granted(driver, [key]);
      expect(next.token).toBeGreaterThan(lease.token);
      await eventually(() => expect(lease.signal.aborted).toBe(true));
      expect(await lease.release()).toBe('lost');
      expect(await driver.renew([next])).toEqual(['renewed']);
      expect(await driver.release(next)).toBe('released');
      expect(await driver.forceRelease(key)).toBe(false);
    });

    it('grants a token above the one that its data knows, or says that it cannot', async () => {
      const [one, other] = await Promise.all([anotherProcess(), anotherProcess()]);
      const key = freshKey();
      const known = await tokenOf(one, key);
      const above = known + 5_000_000_000n;
      const asked = tokenOf(one, key, above).then(
        (token) => (token > above ? 'raised' : token),
        (error: unknown) => (error instanceof StaleFence ? error.fence : error),
      );
      expect(await asked).toBe(traits.raisesTokens ? 'raised' : above);
      expect(await tokenOf(other, key)).toBeGreaterThan(traits.raisesTokens ? above + 1n : known);
    });

    it('tells a waiting process that the key is free', async () => {
      const [one, other] = await Promise.all([aDriver(), aDriver()]);
      const key = freshKey();
      const first = await granted(one, [key]);
      let notified = false;
      const acquisition = other.acquire([key], 5_000, () => (notified = true));
      expect((await acquisition.attempt()).outcome).toBe('refused');
      await one.release(first);
      await eventually(() => expect(notified).toBe(true));
      expect((await acquisition.attempt()).outcome).toBe('granted');
    });
  });
}
