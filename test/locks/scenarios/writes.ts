import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario, Stage } from '../scenario.js';

const TTL_MS = 1_000;
const ROUNDS = 3;
const OTHERS = 4;
const CROSS_PROCESSES = 4;
const CROSS_KEYS = 5;
const CROSS_JOBS = 1_000;
const SELLERS = 4;

/** Stops a process between its read and its write for three ttls, while another one counts on. Returns the increments that are gone. */
async function lostUpdates(stage: Stage, fenced: boolean): Promise<number> {
  const [sleeper, other] = await stage.processes(2);
  const key = await stage.key();
  for (let round = 0; round < ROUNDS; round += 1) {
    const paused = sleeper!.pauses();
    const late = sleeper!.perform('count', { key, ttlMs: TTL_MS, fenced, waits: true });
    await paused;
    sleeper!.signal('SIGSTOP');
    await pause(3 * TTL_MS);
    for (let count = 0; count < OTHERS; count += 1) {
      await other!.perform('count', { key, ttlMs: TTL_MS, fenced, waits: false });
    }
    sleeper!.signal('SIGCONT');
    sleeper!.goOn();
    await late;
  }
  return ROUNDS * (OTHERS + 1) - (await stage.valueOf(key));
}

export const holderStopped: Scenario = {
  name: 'SIGSTOP of the holder for 3 × ttl: a fenced write is never lost',
  async run(stage) {
    const unfenced = await lostUpdates(stage, false);
    const fenced = await lostUpdates(stage, true);
    return {
      figure: `lost of ${ROUNDS * (OTHERS + 1)}: unfenced ${unfenced}, fenced ${fenced}`,
      held: unfenced > 0 && fenced === 0,
    };
  },
};

export const crossedKeys: Scenario = {
  name: `${CROSS_KEYS} crossed keys × ${CROSS_JOBS} jobs: no deadlock`,
  async run(stage) {
    const keys = await Promise.all(Array.from({ length: CROSS_KEYS }, () => stage.key()));
    const processes = await stage.processes(CROSS_PROCESSES);
    const startedAt = performance.now();
    const jobs = CROSS_JOBS / CROSS_PROCESSES;
    const done = await Promise.all(processes.map((process) => process.perform('cross', { keys, jobs })));
    const total = done.reduce((sum, own) => sum + own.done, 0);
    const seconds = (performance.now() - startedAt) / 1_000;
    return { figure: `${total} done, ${Math.round(total / seconds)}/s`, held: total === CROSS_JOBS };
  },
};

/** @param units are half of the orders */
export const soldOut = (units: number): Scenario => ({
  name: `${units * 2} orders for ${units} units, ${SELLERS} processes`,
  async run(stage) {
    const key = await stage.key(units);
    const processes = await stage.processes(SELLERS);
    const orders = (units * 2) / SELLERS;
    const sales = await Promise.all(processes.map((process) => process.perform('sell', { key, orders })));
    const sold = sales.reduce((sum, own) => sum + own.sold, 0);
    const left = await stage.valueOf(key);
    return { figure: `${sold} sold, ${left} left`, held: sold === units && left === 0 };
  },
});
