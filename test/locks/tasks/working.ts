import { setTimeout as pause } from 'node:timers/promises';
import { LockTimeout, type Locks } from '#locking';
import { Insistence, now } from './asking.js';

const TTL_MS = 5_000;
const CROSS_LANES = 20;
const IN_VAIN_MS = 20;
const LOSING_TTL_MS = 600;
const LOOK_MS = 10;
const REST_MS = 2_000;
const COLLECTIONS = 3;

/** What a process has when it does nothing. */
export interface Rest {
  /** After garbage collection. */
  readonly heapMiB: number;
  /** As `process.getActiveResourcesInfo` tells them. */
  readonly resources: readonly string[];
}

/** Takes a key from its holder, as an operator does. */
export type ForceRelease = (key: string) => Promise<unknown>;

export interface Work {
  readonly keys: readonly string[];
  /** Keys that others hold all the time. */
  readonly heldKeys: readonly string[];
  readonly lanes: number;
  readonly forMs: number;
}

const anyOf = (keys: readonly string[]): string => keys[Math.floor(Math.random() * keys.length)] ?? '';

export const working = (locks: Locks, forceRelease: ForceRelease) => ({
  /** Works with several of the keys at a time. */
  async cross({ keys, jobs }: { keys: readonly string[]; jobs: number }) {
    const insistence = new Insistence(locks);
    let done = 0;
    let left = jobs;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        const wanted = keys.toSorted(() => Math.random() - 0.5).slice(0, 1 + Math.floor(Math.random() * keys.length));
        await insistence.using(wanted, TTL_MS, async () => {
          done += 1;
        });
      }
    };
    await Promise.all(Array.from({ length: CROSS_LANES }, lane));
    return { done, refused: insistence.refused };
  },

  /**
   * Takes and frees locks as fast as it can; how many. Beside these lanes one waits that timed out for keys that others hold, and one loses what
   * it holds.
   */
  async work({ keys, heldKeys, lanes, forMs }: Work) {
    const insistence = new Insistence(locks);
    const counts = { taken: 0, timeouts: 0, lost: 0 };
    const until = now() + forMs;
    const lane = async (turn: () => Promise<void>) => {
      while (now() < until) await turn();
    };
    const take = () =>
      insistence.using(anyOf(keys), TTL_MS, async () => {
        counts.taken += 1;
      });
    const waitInVain = async () => {
      const request = { ttlMs: TTL_MS, waitMs: IN_VAIN_MS, onUnavailable: 'database' } as const;
      await locks
        .using(anyOf(heldKeys), request, () => Promise.resolve())
        .catch((error: unknown) => {
          if (!(error instanceof LockTimeout)) throw error;
          counts.timeouts += 1;
        });
    };
    const lose = () => {
      const key = anyOf(keys);
      return insistence.using(key, LOSING_TTL_MS, async ({ signal }) => {
        await forceRelease(key);
        while (!signal.aborted && now() < until) await pause(LOOK_MS);
        if (signal.aborted) counts.lost += 1;
      });
    };
    await Promise.all([...Array.from({ length: lanes }, () => lane(take)), lane(waitInVain), lane(lose)]);
    return { ...counts, refused: insistence.refused };
  },

  async rest(): Promise<Rest> {
    await pause(REST_MS);
    for (let time = 0; time < COLLECTIONS; time += 1) {
      globalThis.gc?.();
      await pause(1);
    }
    return { heapMiB: process.memoryUsage().heapUsed / 2 ** 20, resources: process.getActiveResourcesInfo() };
  },
});
