import { RedisBackend } from '../backends/redis.backend.js';
import type { Scenario, Stage } from '../scenario.js';
import type { WorkerProcess } from '../worker-process.js';

const PROCESSES = 2;
const KEYS = 500;
/** Held by another process from the beginning to the end. */
const HELD_KEYS = 3;
const HELD_TTL_MS = 30_000;
const CONNECTIONS = 64;
const WARM_UP_FACTOR = 0.1;
/** Long enough that every key was locked once. */
const WARM_UP_MIN_SECONDS = 10;
const ROUND_SECONDS = 30;
/** The heap is flat when it has not grown by more than either. */
const HEAP_GROWTH_MAX_MIB = 10;
const HEAP_GROWTH_MAX_FACTOR = 0.2;

const KINDS = ['taken', 'timeouts', 'lost', 'refused'] as const;

/** Clients let a connection rest that has nothing to do, and then it does not count: one more is no leak. */
const SPARE = 1;

interface Sample {
  readonly heapMiB: number;
  readonly timers: number;
  readonly resources: number;
  readonly keys: string;
}

async function sample(stage: Stage, processes: readonly WorkerProcess[]): Promise<Sample> {
  const rests = await Promise.all(processes.map((process) => process.perform('rest', undefined)));
  const { backend } = stage;
  return {
    heapMiB: Math.max(...rests.map(({ heapMiB }) => heapMiB)),
    timers: Math.max(...rests.map(({ resources }) => resources.filter((name) => name === 'Timeout').length)),
    resources: Math.max(...rests.map(({ resources }) => resources.length)),
    keys: backend instanceof RedisBackend ? await backend.census() : `${(await backend.left()).length}`,
  };
}

/** @param seconds after the warm-up */
export const soak = (seconds: number, drivers: readonly string[]): Scenario => ({
  name: `${seconds} s at full rate, ${PROCESSES} processes, ${KEYS} keys: waits that timed out and losses among them: heap, keys and timers stay`,
  drivers: drivers.filter((driver) => driver !== 'none'),
  async run(stage) {
    const keys = await stage.keys(KEYS);
    const processes = await stage.processes(PROCESSES);
    const heldKeys = await stage.keys(HELD_KEYS);
    const [holder] = await stage.processes(1);
    for (const key of heldKeys) await holder!.perform('hold', { key, ttlMs: HELD_TTL_MS });
    const counts = { taken: 0, timeouts: 0, lost: 0, refused: 0 };
    const work = async (forSeconds: number) => {
      const args = { keys, heldKeys, lanes: CONNECTIONS, forMs: forSeconds * 1_000 };
      const done = await Promise.all(processes.map((process) => process.perform('work', args)));
      for (const kind of KINDS) for (const own of done) counts[kind] += own[kind];
    };
    await work(Math.max(WARM_UP_MIN_SECONDS, seconds * WARM_UP_FACTOR));
    const first = await sample(stage, processes);
    for (const kind of KINDS) counts[kind] = 0;
    for (let left = seconds; left > 0; left -= ROUND_SECONDS) {
      await work(Math.min(left, ROUND_SECONDS));
      console.log(`  ${counts.taken} locks, ${Math.max(0, left - ROUND_SECONDS)} s to go`);
    }
    const last = await sample(stage, processes);
    const { taken, timeouts, lost, refused } = counts;
    const growth = last.heapMiB - first.heapMiB;
    const flat = growth < HEAP_GROWTH_MAX_MIB && growth < first.heapMiB * HEAP_GROWTH_MAX_FACTOR;
    return {
      figure: [
        `${Math.round(taken / seconds)} locks/s${refused === 0 ? '' : ` (${refused} without an answer in time)`}`,
        `${timeouts} waits that timed out, ${lost} locks taken from their holders`,
        `heap ${first.heapMiB.toFixed(1)} → ${last.heapMiB.toFixed(1)} MiB`,
        `keys ${first.keys} → ${last.keys}`,
        `timers ${first.timers} → ${last.timers}`,
        `active resources ${first.resources} → ${last.resources}`,
      ].join('; '),
      held:
        [taken, timeouts, lost].every((count) => count > 0) &&
        flat &&
        last.keys === first.keys &&
        last.timers === first.timers &&
        last.resources <= first.resources + SPARE,
    };
  },
});
