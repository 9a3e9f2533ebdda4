import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { LockLost, StaleFence, type LockOptions, type Locks } from '#locking';

/** One stay inside a lock, by the monotonic clock that all processes of a machine share, in ms. */
export interface Stay {
  readonly token: bigint;
  readonly from: number;
  /** Until it left, or was told that the lock is lost. */
  readonly to: number;
}

export interface Tasks {
  /** Takes the lock again and again, a few milliseconds at a time. */
  visit(args: { key: string; forMs: number }): Promise<Stay[]>;
  /** Takes the lock, says when it is in, and goes on holding it. */
  hold(args: { key: string; ttlMs: number }): Promise<{ insideAt: number }>;
  /** Reads the counter under the lock, says so, and writes it after `goOn`; a refused write is repeated from the start. */
  count(args: { key: string; ttlMs: number; fenced: boolean; waits: boolean }): Promise<{ repeats: number }>;
  /** Keeps the event loop busy for `forMs` while it holds the lock; whether it then knew. */
  block(args: { key: string; ttlMs: number; forMs: number }): Promise<{ noticed: boolean }>;
  /** Works with several of the keys at a time. */
  cross(args: { keys: readonly string[]; jobs: number }): Promise<{ done: number }>;
  /** Sells units one by one, guarded by the row's condition; how many it got. */
  sell(args: { key: string; orders: number }): Promise<{ sold: number }>;
}

export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

const patient = (ttlMs: number): LockOptions => ({ ttlMs, waitMs: 60_000, onUnavailable: 'fail-closed' });

const CROSS_LANES = 20;
const SELL_LANES = 10;

/** @param paused tells the parent process that the task has come to its pause, and waits for its word */
export function tasksOf(locks: Locks, sql: Pool, paused: () => Promise<void>): Tasks {
  const read = async (key: string, fence: bigint | undefined): Promise<number> => {
    const { rows } =
      fence === undefined
        ? await sql.query('SELECT value FROM counters WHERE name = $1', [key])
        : await sql.query('UPDATE counters SET fence = $2 WHERE name = $1 AND fence <= $2 RETURNING value', [
            key,
            fence,
          ]);
    if (rows.length === 0) throw new StaleFence([key]);
    return rows[0].value;
  };
  const write = async (key: string, value: number, fence: bigint | undefined): Promise<void> => {
    const guard = fence === undefined ? '' : `AND fence = ${fence}`;
    const { rowCount } = await sql.query(`UPDATE counters SET value = $2 WHERE name = $1 ${guard}`, [key, value]);
    if (rowCount === 0) throw new StaleFence([key]);
  };
  return {
    async visit({ key, forMs }) {
      const stays: Stay[] = [];
      const until = now() + forMs;
      while (now() < until) {
        await locks.using(key, patient(2_000), async (lease) => {
          const from = now();
          let toldAt = Number.POSITIVE_INFINITY;
          lease.signal.addEventListener('abort', () => (toldAt = now()));
          await pause(Math.random() * 3);
          stays.push({ token: lease.token, from, to: Math.min(now(), toldAt) });
        });
      }
      return stays;
    },

    async hold({ key, ttlMs }) {
      await locks.acquire(key, patient(ttlMs));
      return { insideAt: now() };
    },

    async count({ key, ttlMs, fenced, waits }) {
      for (let repeats = 0; ; repeats += 1) {
        try {
          await locks.using(key, patient(ttlMs), async ({ token }) => {
            const fence = fenced ? token : undefined;
            const value = await read(key, fence);
            if (waits && repeats === 0) await paused();
            await write(key, value + 1, fence);
          });
          return { repeats };
        } catch (error) {
          if (!(error instanceof StaleFence)) throw error;
        }
      }
    },

    async block({ key, ttlMs, forMs }) {
      const work = locks.using(key, patient(ttlMs), async (lease) => {
        const until = now() + forMs;
        while (now() < until);
        lease.assertValid();
      });
      return work.then(
        () => ({ noticed: false }),
        (error: unknown) => ({ noticed: error instanceof LockLost }),
      );
    },

    async cross({ keys, jobs }) {
      let done = 0;
      let left = jobs;
      const lane = async () => {
        while (left > 0) {
          left -= 1;
          const wanted = keys.toSorted(() => Math.random() - 0.5).slice(0, 1 + Math.floor(Math.random() * keys.length));
          await locks.using(wanted, patient(5_000), async () => {
            done += 1;
          });
        }
      };
      await Promise.all(Array.from({ length: CROSS_LANES }, lane));
      return { done };
    },

    async sell({ key, orders }) {
      const options: LockOptions = { ttlMs: 2_000, waitMs: 1_000, onUnavailable: 'database', onTimeout: 'database' };
      let sold = 0;
      let left = orders;
      const lane = async () => {
        while (left > 0) {
          left -= 1;
          await locks.using(key, options, async () => {
            const { rowCount } = await sql.query(
              'UPDATE counters SET value = value - 1 WHERE name = $1 AND value >= 1',
              [key],
            );
            sold += rowCount ?? 0;
          });
        }
      };
      await Promise.all(Array.from({ length: SELL_LANES }, lane));
      return { sold };
    },
  };
}
