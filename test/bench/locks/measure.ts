import { setTimeout as pause } from 'node:timers/promises';
import type { Client, Contender } from './contender.js';

export interface Contention {
  readonly jobsPerSecond: number;
  /** Milliseconds from one holder's end to the next one's begin. */
  readonly handOverP50Ms: number;
  readonly handOverP99Ms: number;
  readonly slowestByMean: number;
}

export interface Cycles {
  readonly oneByOnePerSecond: number;
  readonly inFlightPerSecond: number;
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;

/** All ask for one key at the same moment, each for a job of 1 ms, `waiters` of them spread over so many clients. */
export async function contention(contender: Contender, clients: number, waiters: number): Promise<Contention> {
  const open = await opened(contender, clients);
  const key = `stock:${Math.random()}`;
  const waits: number[] = [];
  const gaps: number[] = [];
  let endedAt = 0;
  let inside = 0;
  const startedAt = performance.now();
  const job = async () => {
    const now = performance.now();
    waits.push(now - startedAt);
    if (endedAt > 0) gaps.push(now - endedAt);
    if ((inside += 1) > 1) throw new Error('Two holders at the same time.');
    await pause(1);
    inside -= 1;
    endedAt = performance.now();
  };
  try {
    const perClient = Array.from({ length: waiters / clients }, () => open).flat();
    await Promise.all(perClient.map((client) => client.using(key, job)));
  } finally {
    await closed(open);
  }
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  return {
    jobsPerSecond: (waiters * 1_000) / (endedAt - startedAt),
    handOverP50Ms: quantile(gaps, 0.5),
    handOverP99Ms: quantile(gaps, 0.99),
    slowestByMean: Math.max(...waits) / mean,
  };
}

/** Locks that nobody else wants: one after the other, and 64 at a time. */
export async function cycles(contender: Pick<Contender, 'open'>, forMs: number): Promise<Cycles> {
  const open = await opened(contender, 1);
  try {
    const [client] = open;
    if (client === undefined) throw new Error('One client was asked for.');
    await run(client, 8, forMs / 4); // Connections, scripts and compilers warm up.
    return {
      oneByOnePerSecond: await run(client, 1, forMs),
      inFlightPerSecond: await run(client, 64, forMs),
    };
  } finally {
    await closed(open);
  }
}

async function run(client: Client, atATime: number, forMs: number): Promise<number> {
  const startedAt = performance.now();
  let done = 0;
  const lane = async (number: number) => {
    while (performance.now() - startedAt < forMs) {
      await client.using(`stock:lane-${number}`, async () => undefined);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atATime }, (_, number) => lane(number)));
  return (done * 1_000) / (performance.now() - startedAt);
}

const opened = (contender: Pick<Contender, 'open'>, clients: number): Promise<Client[]> =>
  Promise.all(Array.from({ length: clients }, () => contender.open()));

const closed = (open: readonly Client[]): Promise<unknown> => Promise.all(open.map((client) => client.close()));
