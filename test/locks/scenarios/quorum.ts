import { BUSY_MACHINE } from '../../support/busy-machine.js';
import { RedisBackend } from '../backends/redis.backend.js';
import type { Outcome, Scenario, Stage } from '../scenario.js';
import { now } from '../tasks/asking.js';
import { judge, refusals } from './judge.js';

interface Lateness {
  readonly ttlMs: number;
  /** More than two thirds of the ttl, so that the grant is of no use, and less than the ttl, so that the key does not end by itself. */
  readonly ms: number;
}

const LATE: Lateness = { ttlMs: 5_000, ms: 3_600 };
/** Drivers that do not listen for so long: commands of PostgreSQL have one second, sessions one second more than the ttl. */
const LATE_IN_SHORT: Readonly<Record<string, Lateness>> = {
  postgres: { ttlMs: 1_100, ms: 780 },
  etcd: { ttlMs: 1_300, ms: 900 },
  zookeeper: { ttlMs: 1_300, ms: 900 },
};
const LATE_ASKS = 5;
const TTL_MS = 60_000;
const NODE_TIMEOUT_MS = 250;
const WAIT_MS = 1_000;
/** What a busy machine may add to a time limit. */
const GRACE_MS = 100;

export const answerLate: Scenario = {
  name: 'answers later than two thirds of the ttl: given back long before it ends, nothing left',
  async run(stage) {
    const { backend } = stage;
    const { ttlMs, ms: lateMs } = LATE_IN_SHORT[backend.name] ?? LATE;
    // With the limit that commands have by default nobody would listen any more when such an answer comes.
    const [process] = await stage.processes(1, { ...BUSY_MACHINE, ...backend.distantEnv });
    const request = { keys: [await stage.key()], ttlMs, waitMs: 0 };
    const inTime = () => process!.perform('ask', { ...request, waitMs: 10 * WAIT_MS });
    const before = await inTime();
    const limitMs = (ttlMs - lateMs) / 2;
    const late = new Set<string>();
    const freed: number[] = [];
    for (let time = 0; time < LATE_ASKS; time += 1) {
      backend.delay(lateMs);
      late.add((await process!.perform('ask', request)).outcome);
      backend.delay(0);
      const answeredAt = now();
      if ((await stage.leftAtRest(2 * ttlMs)) === 0) freed.push(now() - answeredAt);
    }
    const inMs = freed.toSorted((a, b) => a - b).map(Math.round);
    const after = await inTime();
    return {
      figure: `${lateMs} ms late, ttl ${ttlMs} ms: ${[...late].join(' or ')}, free after ${inMs.join(', ')} ms, limit ${limitMs} ms; before ${before.outcome}, after ${after.outcome}`,
      held:
        [before, after].every(({ outcome }) => outcome === 'granted') &&
        !late.has('granted') &&
        freed.length === LATE_ASKS &&
        freed.every((ms) => ms <= limitMs),
    };
  },
};

const quorum = (name: string, run: (stage: Stage, backend: RedisBackend) => Promise<Outcome>): Scenario => ({
  name,
  drivers: ['redis quorum'],
  run: async (stage) => {
    if (!(stage.backend instanceof RedisBackend)) throw new Error('Needs several servers.');
    const { servers } = stage.backend;
    try {
      return await run(stage, stage.backend);
    } finally {
      for (const server of servers) {
        await server.kill();
        await server.start();
      }
    }
  },
});

export const voteSplit = quorum(
  'grants split evenly, third server down: bounded failure, no key left',
  async (stage, backend) => {
    const [process] = await stage.processes(1);
    const keys = [await stage.key()];
    await backend.occupy(1, keys[0]!, TTL_MS);
    await backend.servers[2]!.kill();
    const once = await process!.perform('ask', { keys, ttlMs: TTL_MS, waitMs: 0 });
    const patient = await process!.perform('ask', { keys, ttlMs: TTL_MS, waitMs: WAIT_MS });
    const limitMs = WAIT_MS + NODE_TIMEOUT_MS + GRACE_MS;
    const left = await backend.leftOn(0);
    return {
      figure: `${once.outcome} after ${Math.round(once.tookMs)} ms, waiting ${WAIT_MS} ms ${patient.outcome} after ${Math.round(patient.tookMs)} ms, ${left.length} keys left`,
      held:
        [once, patient].every(({ outcome }) => outcome === 'LockTimeout') &&
        once.tookMs <= NODE_TIMEOUT_MS + GRACE_MS &&
        patient.tookMs <= limitMs &&
        left.length === 0,
    };
  },
);

export const minorityDown = quorum(
  'minority of servers down, then frozen: works, one inside at a time, tokens grow',
  async (stage, backend) => {
    const keys = await stage.keys(2);
    const processes = await stage.processes(3);
    const forMs = Math.min(stage.seconds, 10) * 1_000;
    const work = () => Promise.all(processes.map((process) => process.perform('visit', { keys, forMs })));
    await backend.servers[0]!.kill();
    const down = await work();
    await backend.servers[0]!.start();
    backend.servers[1]!.freeze();
    const frozen = await work().finally(() => backend.servers[1]!.thaw());
    const [withOneDown, withOneFrozen] = [down, frozen].map((visits) => visits.flatMap(({ stays }) => stays));
    const judgement = judge([...withOneDown!, ...withOneFrozen!]);
    return {
      figure: `${withOneDown!.length} stays with one down, ${withOneFrozen!.length} with one frozen, ${forMs / 1_000} s each; ${judgement.figure}${refusals([...down, ...frozen])}`,
      held: withOneDown!.length > 0 && withOneFrozen!.length > 0 && judgement.held,
    };
  },
);

export const majorityDown = quorum(
  'majority of servers down: fails within two node timeouts, no key left',
  async (stage, backend) => {
    const [process] = await stage.processes(1);
    const ask = async () => process!.perform('ask', { keys: [await stage.key()], ttlMs: TTL_MS, waitMs: 10 * WAIT_MS });
    const before = await ask();
    for (const server of backend.servers.slice(1)) server.freeze();
    const frozen = await ask();
    for (const server of backend.servers.slice(1)) server.thaw();
    await Promise.all(backend.servers.slice(1).map((server) => server.kill()));
    const down = await ask();
    const until = performance.now() + WAIT_MS;
    let left = await backend.leftOn(0);
    while (left.length > 0 && performance.now() < until) left = await backend.leftOn(0);
    const limitMs = 2 * NODE_TIMEOUT_MS + GRACE_MS;
    return {
      figure: `${frozen.outcome} after ${Math.round(frozen.tookMs)} ms (frozen), ${Math.round(down.tookMs)} ms (down), limit ${limitMs} ms; ${left.length} keys left`,
      held:
        before.outcome === 'granted' &&
        [frozen, down].every(({ outcome, tookMs }) => outcome === 'LockBackendUnavailable' && tookMs <= limitMs) &&
        left.length === 0,
    };
  },
);
