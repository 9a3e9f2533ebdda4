import type { HundredLines } from './hundred-lines.js';
import type { Figures } from './measure.js';
import type { Overload } from './overload.js';

export const STOCKS = ['many SKUs', 'one SKU'] as const;

/** What buyers choose from. */
export type Stock = (typeof STOCKS)[number];

/** One closed-loop measurement. */
export interface Level extends Figures {
  readonly stock: Stock;
  readonly buyers: number;
}

/** 32 buyers, many SKUs, as a share of a limit measured at the same time: before and after the database was filled with so many orders. */
export interface Grown {
  readonly rows: number;
  readonly shareBefore: number;
  readonly shareAfter: number;
}

/** Everything that one run found out; written as JSON as it is. */
export interface Results {
  readonly measuredOn: string;
  readonly startedAt: string;
  /** Of the machine over one minute, before anything was measured. */
  readonly loadAverage: number;
  /** Orders a second by pgbench. */
  readonly limits: Readonly<Record<Stock, number>>;
  readonly levels: readonly Level[];
  /** Orders arrive at half of the top rate. */
  readonly halfRate: Figures;
  readonly hundredLines: HundredLines;
  readonly overload: Overload | undefined;
  readonly grown: Grown | undefined;
  readonly memory: { readonly startMiB: number; readonly endMiB: number; readonly orders: number };
  /** Names of the invariants that do not hold. */
  readonly violations: readonly string[];
}

export function levelOf({ levels }: Results, stock: Stock, buyers: number): Level | undefined {
  return levels.find((level) => level.stock === stock && level.buyers === buyers);
}

/** The best rate over many SKUs. */
export const topOf = (levels: readonly Level[]): number =>
  Math.max(...levels.filter(({ stock }) => stock === STOCKS[0]).map(({ ordersPerSecond }) => ordersPerSecond));
