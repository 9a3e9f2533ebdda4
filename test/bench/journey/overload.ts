import { setTimeout as pause } from 'node:timers/promises';
import { buy, refusalsOf } from './journey.js';
import { arrivals } from './load.js';
import { percentiles, type Percentiles } from './percentiles.js';
import { residentMiB } from './processes.js';
import { baskets, type Stage } from './stage.js';

/** Times the top rate that is offered. */
const FACTOR = 10;
const RECOVERS_WITHIN_MS = 120_000;
const PROBE_EVERY_MS = 50;

export interface Overload {
  readonly offeredPerSecond: number;
  readonly confirmedPerSecond: number;
  /** Of the refused requests, from being sent to being refused. */
  readonly refusalMs: Percentiles;
  readonly refusals: Readonly<Record<string, number>>;
  /** From the end of the load until a buyer is served as quickly as before it. */
  readonly recoverySeconds: number;
  readonly apiMiB: number;
}

/**
 * Far more buyers arrive than can be served.
 *
 * @param topPerSecond orders a second of the best closed loop @param usualMs how long a buyer's three requests take at most in a busy shop
 */
export async function overload(
  stage: Stage,
  { topPerSecond, usualMs, forMs }: { topPerSecond: number; usualMs: number; forMs: number },
): Promise<Overload> {
  const from = (await stage.counters.now()).at;
  const load = arrivals(topPerSecond * FACTOR, stage.connections, baskets.manySkus);
  await pause(forMs);
  const until = (await stage.counters.now()).at;
  const apiMiB = residentMiB(stage.shop.apis[0]!.pid);
  const stopped = load.stop();
  const recoverySeconds = await recovery(stage, usualMs);
  await stopped;
  await stage.settled();
  const { orders } = await stage.counters.confirmed(from, until);
  const refused = load.journeys.filter(({ refusal }) => refusal !== undefined && /^(429|503)/.test(refusal));
  return {
    offeredPerSecond: topPerSecond * FACTOR,
    confirmedPerSecond: (orders * 1_000) / (until.getTime() - from.getTime()),
    refusalMs: percentiles(refused.map(({ stepsMs }) => stepsMs.at(-1)!)),
    refusals: refusalsOf(load.journeys),
    recoverySeconds,
    apiMiB,
  };
}

async function recovery(stage: Stage, usualMs: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const { stepsMs, refusal } = await buy(stage.connections, baskets.manySkus());
    const elapsedMs = performance.now() - startedAt;
    if (refusal === undefined && stepsMs.reduce((sum, ms) => sum + ms, 0) <= usualMs) return elapsedMs / 1_000;
    if (elapsedMs > RECOVERS_WITHIN_MS) throw new Error('The shop does not recover from the overload.');
    await pause(PROBE_EVERY_MS);
  }
}
