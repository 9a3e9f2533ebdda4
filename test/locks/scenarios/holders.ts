import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../scenario.js';
import { now } from '../tasks.js';

const PROCESSES = 8;
const KILLS = 3;
const KILL_TTL_MS = 1_000;
const KILL_GRACE_MS = 100;
/** Drivers whose servers end a dead process's session late, as the library's page says. */
const KILL_LATE_MS: Readonly<Record<string, number>> = { etcd: 3_000, zookeeper: 4_000 };

export const oneAtATime: Scenario = {
  name: `${PROCESSES} processes: one inside at a time, tokens grow`,
  async run(stage) {
    const key = await stage.key();
    const processes = await stage.processes(PROCESSES);
    const visits = processes.map((process) => process.perform('visit', { key, forMs: stage.seconds * 1_000 }));
    const perProcess = await Promise.all(visits);
    const stays = perProcess.flat().toSorted((a, b) => a.from - b.from);
    let overlaps = 0;
    let regressions = 0;
    for (const [index, stay] of stays.entries()) {
      const before = stays[index - 1];
      if (before === undefined) continue;
      if (stay.from < before.to) overlaps += 1;
      if (stay.token <= before.token) regressions += 1;
    }
    const counts = perProcess.map((own) => own.length);
    const share = `${Math.min(...counts)}–${Math.max(...counts)} a process`;
    return {
      figure: `${stays.length} stays (${share}), ${overlaps} overlaps, ${regressions} tokens not greater`,
      held: stays.length > PROCESSES && overlaps === 0 && regressions === 0,
    };
  },
};

export const holderKilled: Scenario = {
  name: `kill -9 of the holder: next one in within ttl + ${KILL_GRACE_MS} ms, or as late as documented`,
  async run(stage) {
    const [next] = await stage.processes(1);
    let worstMs = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const key = await stage.key();
      const [holder] = await stage.processes(1);
      await holder!.perform('hold', { key, ttlMs: KILL_TTL_MS });
      const waiting = next!.perform('hold', { key, ttlMs: KILL_TTL_MS });
      await pause(KILL_TTL_MS * (1 + Math.random()));
      const killedAt = now();
      holder!.signal('SIGKILL');
      worstMs = Math.max(worstMs, (await waiting).insideAt - killedAt);
    }
    const limitMs = KILL_TTL_MS + KILL_GRACE_MS + (KILL_LATE_MS[stage.driver] ?? 0);
    return {
      figure: `${Math.round(worstMs)} ms at worst of ${KILLS}, limit ${limitMs} ms`,
      held: worstMs <= limitMs,
    };
  },
};

export const loopBlocked: Scenario = {
  name: 'event loop blocked for 2 × ttl: assertValid throws',
  async run(stage) {
    const [process] = await stage.processes(1);
    const key = await stage.key();
    const { noticed } = await process!.perform('block', { key, ttlMs: 1_000, forMs: 2_000 });
    return { figure: noticed ? 'LockLost' : 'not noticed', held: noticed };
  },
};
