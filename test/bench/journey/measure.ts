import { setTimeout as pause } from 'node:timers/promises';
import { refusalsOf, STEPS, type Journey, type Step } from './journey.js';
import type { Load } from './load.js';
import { percentiles, type Percentiles } from './percentiles.js';
import type { CpuTimes, Part } from './processes.js';
import type { Reading, Stage } from './stage.js';

/** What was counted while people bought; a cost is that of all work in this time, divided by the orders that were confirmed in it. */
export interface Figures {
  readonly orders: number;
  /** Confirmed. */
  readonly ordersPerSecond: number;
  /** The three requests of one buyer together. */
  readonly journeyMs: Percentiles;
  readonly stepsMs: Readonly<Record<Step, Percentiles>>;
  /** From the transaction that places an order to the one that confirms it. */
  readonly confirmMs: Percentiles;
  readonly statementsPerOrder: number | undefined;
  readonly transactionsPerOrder: number;
  readonly commitsPerOrder: number;
  readonly cpuMsPerOrder: CpuTimes;
  readonly refusals: Readonly<Record<string, number>>;
}

export interface Times {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const ORDERS_MIN = 100;
const STRETCH_MAX = 10;
const LOOK_EVERY_MS = 500;
const DAY_MS = 86_400_000;

/** Lets people buy, looks at a part of it that is without beginning and end, stops them, and waits until all their orders are confirmed. */
export async function measure(stage: Stage, load: Load, { warmUpMs, measureMs }: Times): Promise<Figures> {
  await pause(warmUpMs);
  const from = await stage.read();
  await pause(measureMs);
  await enough(stage, from, measureMs * STRETCH_MAX);
  const until = await stage.read();
  await load.stop();
  await stage.settled();
  const confirmed = await stage.counters.confirmed(from.counters.at, until.counters.at);
  const journeys = load.journeys.filter(({ endedAt }) => endedAt >= from.at && endedAt < until.at);
  if (confirmed.orders === 0) throw new Error(`No order was confirmed: ${JSON.stringify(refusalsOf(load.journeys))}`);
  return { ...timesOf(journeys), ...costs(from, until, confirmed.orders), confirmMs: confirmed.ms };
}

/** On a busy machine the time may be too short for any order; it is stretched then, since only rates are compared. */
async function enough(stage: Stage, { at, counters }: Reading, limitMs: number): Promise<void> {
  while (performance.now() - at < limitMs) {
    const { orders } = await stage.counters.confirmed(counters.at, new Date(Date.now() + DAY_MS));
    if (orders >= ORDERS_MIN) return;
    await pause(LOOK_EVERY_MS);
  }
}

function timesOf(journeys: readonly Journey[]): Pick<Figures, 'journeyMs' | 'stepsMs' | 'refusals'> {
  const paid = journeys.filter(({ refusal }) => refusal === undefined).map(({ stepsMs }) => stepsMs);
  const steps = STEPS.map((step, index) => [step, percentiles(paid.map((times) => times[index]!))]);
  return {
    journeyMs: percentiles(paid.map((times) => times.reduce((sum, time) => sum + time, 0))),
    stepsMs: Object.fromEntries(steps) as Record<Step, Percentiles>,
    refusals: refusalsOf(journeys),
  };
}

function costs(
  from: Reading,
  until: Reading,
  orders: number,
): Omit<Figures, 'journeyMs' | 'stepsMs' | 'refusals' | 'confirmMs'> {
  const [before, after] = [from.counters, until.counters];
  const statements = after.statements && after.statements - (before.statements ?? 0);
  const cpu = Object.entries(until.cpu).map(([part, ms]) => [part, (ms - from.cpu[part as Part]!) / orders]);
  return {
    orders,
    ordersPerSecond: (orders * 1_000) / (after.at.getTime() - before.at.getTime()),
    statementsPerOrder: statements === undefined ? undefined : statements / orders,
    transactionsPerOrder: (after.transactions - before.transactions) / orders,
    commitsPerOrder: (after.commits - before.commits) / orders,
    cpuMsPerOrder: Object.fromEntries(cpu),
  };
}

/** Undefined when a part could not be seen: a sum without it would look too good. */
export function cpuTotalMs({ cpuMsPerOrder }: Pick<Figures, 'cpuMsPerOrder'>): number | undefined {
  const times = Object.values(cpuMsPerOrder);
  return 'PostgreSQL' in cpuMsPerOrder ? times.reduce((sum, ms) => sum + ms, 0) : undefined;
}
