import { availableParallelism, cpus, loadavg } from 'node:os';
import { violations } from '../../support/invariants.js';
import { createTestDatabase } from '../../support/test-database.js';
import { BenchServers } from './bench-servers.js';
import { fill } from './fill.js';
import { hundredLines } from './hundred-lines.js';
import { Limit } from './limit.js';
import { arrivals, buyers } from './load.js';
import { measure, type Figures } from './measure.js';
import type { Options, Plan } from './options.js';
import { overload, type Overload } from './overload.js';
import { mean } from './percentiles.js';
import { residentMiB } from './processes.js';
import { STOCKS, topOf, type Grown, type Level, type Results, type Stock } from './results.js';
import { baskets, SKUS, Stage } from './stage.js';

const GROWTH_BUYERS = 32;

interface Parts {
  readonly stage: Stage;
  readonly limit: Limit;
  readonly plan: Plan;
}

const CHOICE: Readonly<Record<Stock, { readonly skus: number; readonly next: typeof baskets.oneSku }>> = {
  'many SKUs': { skus: SKUS, next: baskets.manySkus },
  'one SKU': { skus: 1, next: baskets.oneSku },
};

/** Brings everything up, measures it in turn, and takes it away again. */
export async function runAll(options: Options): Promise<Results> {
  const startedAt = new Date().toISOString();
  const loadAverage = loadavg()[0]!;
  say('Starting servers of its own');
  const servers = await BenchServers.start();
  Object.assign(process.env, servers.env);
  try {
    const database = await createTestDatabase();
    const limit = await Limit.prepare(database.url);
    const stage = await Stage.open(servers);
    try {
      return { startedAt, loadAverage, ...(await measureAll(stage, limit, options)) };
    } finally {
      await stage.close();
    }
  } finally {
    await servers.remove();
  }
}

async function measureAll(
  stage: Stage,
  limit: Limit,
  { plan, rows }: Options,
): Promise<Omit<Results, 'startedAt' | 'loadAverage'>> {
  const api = stage.shop.apis[0]!.pid;
  const startMiB = residentMiB(api);
  const limits: [Stock, number][] = [];
  const levels: Level[] = [];
  for (const stock of STOCKS) {
    const before = await limitOf(limit, stock, plan);
    levels.push(...(await levelsOf(stage, stock, plan)));
    const rates = plan.limitTwice ? [before, await limitOf(limit, stock, plan)] : [before];
    limits.push([stock, mean(rates)]);
  }
  const halfRate = await halfOfTop(stage, topOf(levels) / 2, plan);
  const lines = await hundredLines(stage, plan.pairs);
  const orders = await stage.shop.db.query<{ count: number }>('SELECT count(*)::int AS count FROM orders.orders');
  const memory = { startMiB, endMiB: residentMiB(api), orders: orders.rows[0]!.count };
  return {
    measuredOn: await measuredOn(stage),
    limits: Object.fromEntries(limits) as Record<Stock, number>,
    levels,
    halfRate,
    hundredLines: lines,
    memory,
    overload: plan.overloadMs > 0 ? await overloaded(stage, levels, plan) : undefined,
    grown: rows > 0 ? await grownBy(rows, { stage, limit, plan }) : undefined,
    violations: (await violations(stage.shop)).map(({ name }) => name),
  };
}

async function limitOf(limit: Limit, stock: Stock, plan: Plan): Promise<number> {
  say(`${stock}: limit by pgbench`);
  return limit.measure(CHOICE[stock].skus, plan.limitSeconds);
}

async function levelsOf(stage: Stage, stock: Stock, plan: Plan): Promise<Level[]> {
  const levels: Level[] = [];
  for (const count of plan.buyers) {
    say(`${stock}: ${count} buyers`);
    const figures = await measure(stage, buyers(count, stage.connections, CHOICE[stock].next), plan);
    levels.push({ stock, buyers: count, ...figures });
  }
  return levels;
}

function halfOfTop(stage: Stage, perSecond: number, plan: Plan): Promise<Figures> {
  say('half of the top rate');
  return measure(stage, arrivals(perSecond, stage.connections, baskets.manySkus), plan);
}

function overloaded(stage: Stage, levels: readonly Level[], plan: Plan): Promise<Overload> {
  say('overload');
  const usualMs = Math.max(...levels.map(({ journeyMs }) => journeyMs.p99));
  return overload(stage, { topPerSecond: topOf(levels), usualMs, forMs: plan.overloadMs });
}

async function grownBy(rows: number, { stage, limit, plan }: Parts): Promise<Grown> {
  const shareNow = async (): Promise<number> => {
    const rate = await limitOf(limit, 'many SKUs', plan);
    const load = buyers(GROWTH_BUYERS, stage.connections, baskets.manySkus);
    return (await measure(stage, load, plan)).ordersPerSecond / rate;
  };
  const shareBefore = await shareNow();
  say(`filling in ${rows} orders`);
  await fill(stage.shop.db, stage.shop.databaseUrl, rows);
  say(`${GROWTH_BUYERS} buyers among them`);
  return { rows, shareBefore, shareAfter: await shareNow() };
}

async function measuredOn(stage: Stage): Promise<string> {
  const { rows } = await stage.shop.db.query<{ server_version: string }>('SHOW server_version');
  return [
    `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${rows[0]!.server_version}`,
  ].join(', ');
}

function say(what: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${what}`);
}
