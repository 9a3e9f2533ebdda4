import { expect, it } from '@jest/globals';
import { LockTimeout } from './lock.errors.js';
import { freshKey, granted, LIMIT_MS } from './lock-process.suite.js';
import type { Makers } from './lock-time.suite.js';
import type { LockOptions } from './locks.js';

/** Keys that one lease may have with any driver that names no smaller number. */
const KEYS_MAX = 200;

const patient: LockOptions = { ttlMs: 5_000, waitMs: LIMIT_MS, onUnavailable: 'fail-closed' };

/** How every driver must handle a lease of many keys. Part of `describeLocks`. */
export function describeSize({ anotherProcess, aDriver }: Makers, keysMax = KEYS_MAX): void {
  const freshKeys = () => Array.from({ length: keysMax }, freshKey).toSorted();

  it(`takes ${keysMax} keys at once, renews and frees them, and lets one in that waited for all of them`, async () => {
    const [one, other] = await Promise.all([aDriver(), anotherProcess()]);
    const keys = freshKeys();
    const first = await granted(one, keys);
    expect(await one.renew([first])).toEqual(['renewed']);
    const last = keys.at(-1)!;
    expect(await other.tryUsing(last, patient, () => Promise.resolve())).toEqual({ acquired: false });
    const waiting = other.acquire(keys, patient);
    expect(await one.release(first)).toBe('released');
    const next = await waiting;
    expect(next.keys).toEqual(keys);
    expect(next.token).toBeGreaterThan(first.token);
    expect(await next.release()).toBe('released');
  });

  it(`takes none of ${keysMax} keys while somebody else has one`, async () => {
    const [one, other, third] = await Promise.all([anotherProcess(), anotherProcess(), anotherProcess()]);
    const keys = freshKeys();
    const taken = keys[keysMax - 10]!;
    const free = keys.filter((key) => key !== taken);
    await one.using(taken, patient, async () => {
      await expect(other.acquire(keys, { ...patient, waitMs: 100 })).rejects.toBeInstanceOf(LockTimeout);
      expect(await other.tryUsing(keys, patient, () => Promise.resolve())).toEqual({ acquired: false });
      expect(await third.tryUsing(free, patient, async () => 1)).toEqual({ acquired: true, value: 1 });
    });
    expect(await other.tryUsing(keys, patient, async () => 1)).toEqual({ acquired: true, value: 1 });
  });
}
