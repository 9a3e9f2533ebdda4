import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario, Stage } from '../scenario.js';
import { now } from '../tasks/asking.js';

const TTL_MS = 2_000;
const ROUNDS = 3;
const KILL_TTL_MS = 1_000;
const KILL_GRACE_MS = 100;
/** What a round trip may take: the limit of one command. */
const ROUND_TRIP_MAX_MS = 250;
const STOP_TTL_MS = 1_000;
const OTHERS = 4;
const BLOCK_TTL_MS = 1_000;

export const holderKilled: Scenario = {
  name: `kill -9 of the holder: next one in within ttl + ${KILL_GRACE_MS} ms, and what the driver's page names`,
  async run(stage) {
    const [next] = await stage.processes(1);
    const waits: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const key = await stage.key();
      const [holder] = await stage.processes(1);
      await holder!.perform('hold', { key, ttlMs: KILL_TTL_MS });
      const waiting = next!.perform('hold', { key, ttlMs: KILL_TTL_MS });
      await pause(KILL_TTL_MS * (1 + Math.random()));
      const killedAt = now();
      holder!.signal('SIGKILL');
      waits.push((await waiting).insideAt - killedAt);
    }
    const { freesLateMs } = stage.backend;
    const limitMs = KILL_TTL_MS + KILL_GRACE_MS + freesLateMs;
    const late = freesLateMs === 0 ? '' : ` (ttl + ${KILL_GRACE_MS} + ${freesLateMs})`;
    const [soonest, latest] = [Math.min(...waits), Math.max(...waits)].map(Math.round);
    return {
      figure: `${soonest}–${latest} ms after it in ${ROUNDS} rounds, limit ${limitMs} ms${late}`,
      held: waits.every((ms) => ms >= 0 && ms <= limitMs),
    };
  },
};

/** Stops a process between its read and its write for three ttls, while another one counts on. Returns the increments that are gone. */
async function lostUpdates(stage: Stage, fenced: boolean): Promise<number> {
  const [sleeper, other] = await stage.processes(2);
  const key = await stage.key();
  for (let round = 0; round < ROUNDS; round += 1) {
    const paused = sleeper!.pauses();
    const late = sleeper!.perform('count', { key, ttlMs: STOP_TTL_MS, fenced, waits: true });
    await paused;
    sleeper!.signal('SIGSTOP');
    await pause(3 * STOP_TTL_MS);
    for (let count = 0; count < OTHERS; count += 1) {
      await other!.perform('count', { key, ttlMs: STOP_TTL_MS, fenced, waits: false });
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

export const keyRemoved: Scenario = {
  name: 'key deleted behind its holder: notified within ttl/3 + one round trip',
  async run(stage) {
    const [holder] = await stage.processes(1);
    let worstMs = 0;
    const reasons = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const key = await stage.key();
      const paused = holder!.pauses();
      const enduring = holder!.perform('endure', { key, ttlMs: TTL_MS });
      await paused;
      await pause(Math.random() * TTL_MS);
      const removedAt = now();
      await stage.backend.remove(key);
      holder!.goOn();
      const { toldAt, reason } = await enduring;
      worstMs = Math.max(worstMs, toldAt - removedAt);
      reasons.add(reason);
    }
    const limitMs = Math.round(TTL_MS / 3) + ROUND_TRIP_MAX_MS;
    return {
      figure: `${[...reasons].join()}: ${Math.round(worstMs)} ms at worst of ${ROUNDS}, limit ${limitMs} ms (a round trip may take ${ROUND_TRIP_MAX_MS})`,
      held: worstMs <= limitMs && reasons.size === 1 && reasons.has('taken'),
    };
  },
};

export const serverFrozen: Scenario = {
  name: 'server frozen: signal at or before the local deadline',
  async run(stage) {
    const [holder] = await stage.processes(1, stage.backend.distantEnv);
    let leastMs = Number.POSITIVE_INFINITY;
    let held = true;
    for (let round = 0; round < ROUNDS; round += 1) {
      const key = await stage.key();
      const paused = holder!.pauses();
      const enduring = holder!.perform('endure', { key, ttlMs: TTL_MS });
      await paused;
      stage.backend.freeze();
      try {
        await pause(ROUND_TRIP_MAX_MS); // A renewal that was answered before the freeze has come by now.
        holder!.goOn();
        const { toldAt, deadline, inTime, reason } = await enduring;
        leastMs = Math.min(leastMs, deadline - toldAt);
        held &&= inTime && reason === 'expired';
      } finally {
        stage.backend.thaw();
      }
      await pause(TTL_MS); // The process finds the service again.
    }
    return { figure: `notified ${leastMs.toFixed(1)} ms before it, at worst of ${ROUNDS}`, held };
  },
};

export const loopBlocked: Scenario = {
  name: 'event loop blocked for 2 × ttl: assertValid throws, the database refuses',
  async run(stage) {
    const [holder, other] = await stage.processes(2);
    const key = await stage.key();
    const forMs = 2 * BLOCK_TTL_MS + stage.backend.freesLateMs;
    const paused = holder!.pauses();
    const blocked = holder!.perform('block', { key, ttlMs: BLOCK_TTL_MS, forMs });
    await paused;
    const counted = other!.perform('count', { key, ttlMs: BLOCK_TTL_MS, fenced: true, waits: false });
    holder!.goOn();
    const [{ noticed, refused }] = await Promise.all([blocked, counted]);
    const value = await stage.valueOf(key);
    return {
      figure: `blocked for ${forMs} ms: ${noticed ? 'LockLost' : 'not noticed'}, write ${refused ? 'refused' : 'NOT refused'}, count ${value}`,
      held: noticed && refused && value === 1,
    };
  },
};
