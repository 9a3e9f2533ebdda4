import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../scenario.js';
import { judge, refusals } from './judge.js';

const PROCESSES = 8;
const KEYS = 3;
const CROSS_PROCESSES = 4;
const CROSS_KEYS = 5;
const CROSS_JOBS = 1_000;
const STEPPED_PROCESSES = 3;
const STEP_MS = 3_600_000;
const STEP_EVERY_MS = 500;
const STEPS = 12;
const KEPT_TTL_MS = 1_000;

export const oneAtATime: Scenario = {
  name: `${PROCESSES} processes, ${KEYS} keys: one inside at a time, tokens grow`,
  async run(stage) {
    const keys = await stage.keys(KEYS);
    const processes = await stage.processes(PROCESSES);
    const visits = processes.map((process) => process.perform('visit', { keys, forMs: stage.seconds * 1_000 }));
    const perProcess = await Promise.all(visits);
    const judgement = judge(perProcess.flatMap((own) => own.stays));
    const counts = perProcess.map((own) => own.stays.length);
    const share = `${Math.min(...counts)}–${Math.max(...counts)} a process`;
    const stays = counts.reduce((sum, own) => sum + own, 0);
    return {
      figure: `${stays} stays in ${stage.seconds} s (${share}), ${judgement.figure}${refusals(perProcess)}`,
      held: Math.min(...counts) > 0 && judgement.held,
    };
  },
};

export const crossedKeys: Scenario = {
  name: `${CROSS_KEYS} crossed keys × ${CROSS_JOBS} jobs: no deadlock, no key left`,
  async run(stage) {
    const keys = await stage.keys(CROSS_KEYS);
    const processes = await stage.processes(CROSS_PROCESSES);
    const startedAt = performance.now();
    const jobs = CROSS_JOBS / CROSS_PROCESSES;
    const done = await Promise.all(processes.map((process) => process.perform('cross', { keys, jobs })));
    const total = done.reduce((sum, own) => sum + own.done, 0);
    const seconds = (performance.now() - startedAt) / 1_000;
    const left = await stage.leftAtRest();
    return {
      figure: `${total} done, ${Math.round(total / seconds)}/s, ${left} keys left${refusals(done)}`,
      held: total === CROSS_JOBS && left === 0,
    };
  },
};

export const clockStepped: Scenario = {
  name: "processes' wall clocks stepped by ± 1 h: no change",
  async run(stage) {
    const [kept = '', ...visited] = await stage.keys(3);
    const [keeper, intruder, ...visitors] = await stage.processes(2 + STEPPED_PROCESSES);
    const forMs = STEPS * STEP_EVERY_MS;
    const keeping = keeper!.perform('keep', { key: kept, ttlMs: KEPT_TTL_MS, forMs });
    const visits = visitors.map((process) => process.perform('visit', { keys: visited, forMs }));
    await pause(STEP_EVERY_MS); // So that the keeper is first.
    const intruding = intruder!.perform('ask', { keys: [kept], ttlMs: KEPT_TTL_MS, waitMs: forMs / 2 });
    for (let step = 1; step < STEPS; step += 1) {
      for (const process of stage.workers) process.stepClock((Math.floor(Math.random() * 3) - 1) * STEP_MS);
      await pause(STEP_EVERY_MS);
    }
    const [{ kept: always }, { outcome }, perProcess] = await Promise.all([keeping, intruding, Promise.all(visits)]);
    const stays = perProcess.flatMap((own) => own.stays);
    const judgement = judge(stays);
    const other = outcome === 'LockTimeout' ? 'kept out' : outcome;
    return {
      figure: `${STEPS - 1} steps: holder ${always ? 'kept it' : 'LOST it'}, other ${other}; ${stays.length} stays, ${judgement.figure}`,
      held: always && outcome === 'LockTimeout' && stays.length > 0 && judgement.held,
    };
  },
};
