import { parseArgs } from 'node:util';

const ROWS_MAX = 10_000_000;

/** How long and how much is measured. */
export interface Plan {
  /** Concurrent buyers of each closed-loop measurement. */
  readonly buyers: readonly number[];
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly limitSeconds: number;
  /** Whether the limit is measured a second time after the journeys; the two are averaged. */
  readonly limitTwice: boolean;
  /** Zero: no overload. */
  readonly overloadMs: number;
  /** Pairs of an order of one line and an order of a hundred lines. */
  readonly pairs: number;
}

export interface Options {
  readonly plan: Plan;
  /** A missed bar ends the run with exit code 1. */
  readonly strict: boolean;
  /** Orders to fill the database with; the journey is measured before and after. */
  readonly rows: number;
}

const QUICK: Plan = {
  buyers: [8, 32],
  warmUpMs: 1_000,
  measureMs: 3_000,
  limitSeconds: 3,
  limitTwice: false,
  overloadMs: 0,
  pairs: 10,
};

const FULL: Plan = {
  buyers: [8, 32, 128],
  warmUpMs: 3_000,
  measureMs: 8_000,
  limitSeconds: 6,
  limitTwice: true,
  overloadMs: 10_000,
  pairs: 30,
};

/** Throws for an option that does not exist. */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      rows: { type: 'string', default: '0' },
    },
  });
  const rows = Number(values.rows);
  if (!Number.isInteger(rows) || rows < 0 || rows > ROWS_MAX) {
    throw new Error(`--rows must be a whole number up to ${ROWS_MAX}.`);
  }
  return { plan: values.quick ? QUICK : FULL, strict: values.strict, rows };
}
