import type { Figures } from './measure.js';
import { STOCKS, type Level, type Results, type Stock } from './results.js';

const ms = { p50: 20, p95: 40, p99: 80 };

/** What a shop that meets every bar would bring, for specifications. */
export const figures = (changes: Partial<Figures> = {}): Figures => ({
  orders: 3_000,
  ordersPerSecond: 1_500,
  journeyMs: ms,
  stepsMs: { cart: ms, order: ms, payment: ms },
  confirmMs: ms,
  statementsPerOrder: 4,
  transactionsPerOrder: 0.5,
  commitsPerOrder: 0.25,
  cpuMsPerOrder: { api: 1, worker: 0.25, PostgreSQL: 1, RabbitMQ: 0.25, Redis: 0.125, client: 0.25 },
  refusals: {},
  ...changes,
});

export const level = (stock: Stock, buyers: number, changes: Partial<Figures> = {}): Level => {
  return { stock, buyers, ...figures(changes) };
};

export const results = (changes: Partial<Results> = {}): Results => ({
  measuredOn: '2 × Processor, Node 20.19.0, PostgreSQL 15.18',
  startedAt: '2026-11-26T10:00:00.000Z',
  loadAverage: 0.5,
  limits: { 'many SKUs': 2_000, 'one SKU': 1_000 },
  levels: STOCKS.flatMap((stock) => [8, 32, 128].map((buyers) => level(stock, buyers))),
  halfRate: figures(),
  hundredLines: { oneLineMs: 10, hundredLinesMs: 30 },
  overload: {
    offeredPerSecond: 15_000,
    confirmedPerSecond: 1_450,
    refusalMs: ms,
    refusals: { '503 overloaded': 9_000 },
    recoverySeconds: 1,
    apiMiB: 200,
  },
  grown: { rows: 1_000_000, shareBefore: 0.75, shareAfter: 0.72 },
  memory: { startMiB: 100, endMiB: 150, orders: 100_000 },
  violations: [],
  ...changes,
});
