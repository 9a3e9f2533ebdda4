import { cpuTotalMs } from './measure.js';
import { levelOf, STOCKS, topOf, type Level, type Results, type Stock } from './results.js';

const [MANY, ONE] = STOCKS;
/** Statements an order may differ by this much between few and many buyers and still count as not growing. */
const SAME = 1.1;

/** One figure and what it must be. */
export interface Bar {
  readonly name: string;
  readonly bar: string;
  readonly measured: string;
  /** Undefined: this run did not measure it. */
  readonly met: boolean | undefined;
}

interface Limit {
  readonly name: string;
  readonly unit?: string;
  readonly value: number | undefined;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Ratios and costs decide; a rate alone says more about the machine. */
export function judge(results: Results): readonly Bar[] {
  const at32 = levelOf(results, MANY, 32);
  const { hundredLines, overload, grown, memory, violations } = results;
  return [
    { name: 'many SKUs, 32 buyers, to the limit', value: share(results, MANY, 32), atLeast: 0.35, unit: '×' },
    { name: 'many SKUs, 128 buyers, to the limit', value: share(results, MANY, 128), atLeast: 0.55, unit: '×' },
    { name: 'one SKU, 32 buyers, to its limit', value: share(results, ONE, 32), atLeast: 0.7, unit: '×' },
    { name: 'one SKU, 128 buyers, to its limit', value: share(results, ONE, 128), atLeast: 1.2, unit: '×' },
    { name: 'CPU an order, 32 buyers', value: at32 && cpuTotalMs(at32), atMost: 4, unit: 'ms' },
    { name: 'a buyer’s requests, 32 buyers, p50', value: at32?.journeyMs.p50, atMost: 60, unit: 'ms' },
    { name: 'a buyer’s requests, 32 buyers, p99', value: at32?.journeyMs.p99, atMost: 150, unit: 'ms' },
    {
      name: 'placed → confirmed at half the top rate, p99',
      value: results.halfRate.confirmMs.p99,
      atMost: 250,
      unit: 'ms',
    },
    { name: 'SQL statements an order, 32 buyers', value: at32?.statementsPerOrder, atMost: 6 },
    { name: 'the same, most buyers to fewest', value: growthOfStatements(results.levels), atMost: SAME, unit: '×' },
    { name: 'commits an order, 32 buyers', value: at32?.commitsPerOrder, atMost: 0.5 },
    {
      name: 'order of 100 lines to one of 1 line',
      value: hundredLines.hundredLinesMs / hundredLines.oneLineMs,
      atMost: 4,
      unit: '×',
    },
    {
      name: 'filled database to an empty one',
      value: grown && grown.shareAfter / grown.shareBefore,
      atLeast: 0.9,
      unit: '×',
    },
    { name: `memory of the api after ${memory.orders} orders`, value: memory.endMiB, atMost: 250, unit: 'MiB' },
    {
      name: 'overload: confirmed to the top rate',
      value: overload && overload.confirmedPerSecond / topOf(results.levels),
      atLeast: 0.9,
      unit: '×',
    },
    { name: 'overload: refused within, p50', value: overload?.refusalMs.p50, atMost: 50, unit: 'ms' },
    { name: 'overload: recovered after', value: overload?.recoverySeconds, atMost: 10, unit: 's' },
    { name: 'overload: memory of the api', value: overload?.apiMiB, atMost: 250, unit: 'MiB' },
    { name: 'invariants that do not hold', value: violations.length, atMost: 0 },
  ].map(barOf);
}

/** Orders a second as a share of what pgbench did in the same run. */
export function share(results: Results, stock: Stock, buyers: number): number | undefined {
  const level = levelOf(results, stock, buyers);
  return level && level.ordersPerSecond / results.limits[stock];
}

function growthOfStatements(levels: readonly Level[]): number | undefined {
  const counts = levels
    .filter(({ stock }) => stock === MANY)
    .toSorted((a, b) => a.buyers - b.buyers)
    .map(({ statementsPerOrder }) => statementsPerOrder);
  const [fewest, most] = [counts.at(0), counts.at(-1)];
  return fewest === undefined || most === undefined ? undefined : most / fewest;
}

function barOf({ name, unit = '', value, atMost, atLeast }: Limit): Bar {
  const text = (number: number | string): string => `${number} ${unit}`.trim();
  const bar = atLeast === undefined ? `≤ ${text(atMost ?? 0)}` : `≥ ${text(atLeast)}`;
  if (value === undefined) return { name, bar, measured: 'not measured', met: undefined };
  // Written so that a figure that is no number meets nothing.
  const met = atLeast === undefined ? value <= (atMost ?? 0) : value >= atLeast;
  return { name, bar, measured: text(short(value)), met };
}

/** Three digits that count. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0 || Number.isInteger(value)) return String(value);
  return value.toFixed(Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(Math.abs(value))))));
}
