import type { Pool } from 'pg';
import { LockLost, StaleFence, type Locks } from '#locking';
import { now, patient, type Paused } from './asking.js';

export function writing(locks: Locks, sql: Pool, paused: Paused) {
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
    /** Reads the counter under the lock, says so, and writes it after the pause; a refused write is repeated from the start. */
    async count({ key, ttlMs, fenced, waits }: { key: string; ttlMs: number; fenced: boolean; waits: boolean }) {
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

    /** Reads the counter, keeps the event loop busy for so long, and writes: whether it then knew, and whether the database knew. */
    async block({ key, ttlMs, forMs }: { key: string; ttlMs: number; forMs: number }) {
      return locks.using(key, patient(ttlMs), async (lease) => {
        const value = await read(key, lease.token);
        await paused();
        const until = now() + forMs;
        while (now() < until);
        let noticed = false;
        try {
          lease.assertValid();
        } catch (error) {
          noticed = error instanceof LockLost;
        }
        const refused = await write(key, value + 1, lease.token).then(
          () => false,
          (error: unknown) => error instanceof StaleFence,
        );
        return { noticed, refused };
      });
    },
  };
}
