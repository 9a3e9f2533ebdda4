import { setTimeout as pause } from 'node:timers/promises';
import type { Locks } from '#locking';
import { Insistence, now } from './asking.js';

const TTL_MS = 5_000;
const CROSS_LANES = 20;
const REST_MS = 2_000;
const COLLECTIONS = 3;

/** What a process has when it does nothing. */
export interface Rest {
  /** After garbage collection. */
  readonly heapMiB: number;
  /** As `process.getActiveResourcesInfo` tells them. */
  readonly resources: readonly string[];
}

export const working = (locks: Locks) => ({
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

  /** Takes and frees locks as fast as it can; how many. */
  async work({ keys, lanes, forMs }: { keys: readonly string[]; lanes: number; forMs: number }) {
    const insistence = new Insistence(locks);
    let taken = 0;
    const until = now() + forMs;
    const lane = async () => {
      while (now() < until) {
        await insistence.using(keys[Math.floor(Math.random() * keys.length)] ?? '', TTL_MS, async () => {
          taken += 1;
        });
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return { taken, refused: insistence.refused };
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
