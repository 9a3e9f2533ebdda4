import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { stepClock } from '../../../test/support/stepped-clock.js';
import type { LockDriver } from './drivers/driver.js';
import { LockLost, StaleFence } from './lock.errors.js';
import { freshKey, LIMIT_MS } from './lock-process.suite.js';
import type { LockOptions, Locks } from './locks.js';

const patient: LockOptions = { ttlMs: 2_000, waitMs: LIMIT_MS, onUnavailable: 'fail-closed' };
const SHORT_TTL_MS = 300;

export interface Makers {
  readonly anotherProcess: () => Promise<Locks>;
  readonly aDriver: () => Promise<LockDriver>;
}

/** Data with a fence: what is read under a token is written only while nobody read it under a later one. */
class Counter {
  value = 0;
  private fence = 0n;

  read(token: bigint): number {
    if (token < this.fence) throw new StaleFence([]);
    this.fence = token;
    return this.value;
  }

  write(token: bigint, value: number): void {
    if (token !== this.fence) throw new StaleFence([]);
    this.value = value;
  }
}

/** How every driver must handle time: holders that work long, stop, or have their clock stepped. Part of `describeLocks`. */
export function describeTime(
  { anotherProcess, aDriver }: Makers,
  { keepsSessions }: { readonly keepsSessions: boolean },
): void {
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

  it('does not let a holder go on whose event loop was blocked for longer than the ttl', async () => {
    const locks = await anotherProcess();
    const work = locks.using(freshKey(), { ...patient, ttlMs: 300 }, async (lease) => {
      for (const until = performance.now() + 600; performance.now() < until;);
      expect(lease.signal.aborted).toBe(false); // No timer could run.
      lease.assertValid();
    });
    await expect(work).rejects.toBeInstanceOf(LockLost);
  });

  it('neither loses nor gives away a key when the wall clock is stepped by an hour', async () => {
    const [one, other] = await Promise.all([anotherProcess(), anotherProcess()]);
    const key = freshKey();
    try {
      await one.using(key, { ...patient, ttlMs: 600 }, async (lease) => {
        for (const hours of [1, -1]) {
          stepClock(hours * 3_600_000);
          await pause(400);
          lease.assertValid();
          expect(await other.tryUsing(key, patient, () => Promise.resolve())).toEqual({ acquired: false });
        }
      });
    } finally {
      stepClock(0);
    }
    expect(await other.tryUsing(key, patient, async () => 1)).toEqual({ acquired: true, value: 1 });
  });

  if (keepsSessions) return; // The same with a session that lives on: `describeOutages`.

  it('lets the next one in after the ttl of a holder that stands still, whose fenced write is refused', async () => {
    const [still, other] = await Promise.all([aDriver(), anotherProcess()]);
    const [key, counter] = [freshKey(), new Counter()];
    const attempt = await still.acquire([key], SHORT_TTL_MS).attempt();
    if (attempt.outcome !== 'granted') throw new Error('The key was not free.');
    const { token } = attempt.grant;
    const read = counter.read(token);
    await other.using(key, patient, async (lease) => counter.write(lease.token, counter.read(lease.token) + 1));
    expect(() => counter.write(token, read + 1)).toThrow(StaleFence);
    expect(await still.release(attempt.grant)).toBe('lost');
    expect(counter.value).toBe(1);
  });
}
