import { expect, it } from '@jest/globals';
import { LockTimeout } from './lock.errors.js';
import { freshKey, granted, LIMIT_MS } from './lock-process.suite.js';
import type { Makers } from './lock-time.suite.js';
import type { LockOptions } from './locks.js';

/** As many as one lease may have. */
const KEYS_MAX = 200;

const patient: LockOptions = { ttlMs: 5_000, waitMs: LIMIT_MS, onUnavailable: 'fail-closed' };

const freshKeys = () => Array.from({ length: KEYS_MAX }, freshKey).toSorted();

/** What every driver must make of a lease of many keys. Part of `describeLocks`. */
export function describeSize({ anotherProcess, aDriver }: Makers): void {
  it('takes 200 keys at once, renews and frees them, and lets one in that waited for all of them', async () => {
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

  it('takes none of 200 keys while somebody else has one', async () => {
    const [one, other, third] = await Promise.all([anotherProcess(), anotherProcess(), anotherProcess()]);
    const keys = freshKeys();
    const taken = keys[150]!;
    const free = keys.filter((key) => key !== taken);
    await one.using(taken, patient, async () => {
      await expect(other.acquire(keys, { ...patient, waitMs: 100 })).rejects.toBeInstanceOf(LockTimeout);
      expect(await other.tryUsing(keys, patient, () => Promise.resolve())).toEqual({ acquired: false });
      expect(await third.tryUsing(free, patient, async () => 1)).toEqual({ acquired: true, value: 1 });
    });
    expect(await other.tryUsing(keys, patient, async () => 1)).toEqual({ acquired: true, value: 1 });
  });
}
