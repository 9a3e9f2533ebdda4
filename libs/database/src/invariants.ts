import { Transactions } from './transactions.js';
import type { Invariant } from './invariant.js';

export interface InvariantReport {
  readonly ok: boolean;
  readonly checkedAt: Date;
  readonly checks: readonly {
    readonly name: string;
    readonly description: string;
    readonly violations: number;
    /** The first few rows that say what is wrong. */
    readonly sample: readonly unknown[];
  }[];
}

const SAMPLE_MAX = 5;

/** Asks whether the invariants of the data hold, one query an invariant, in the order in which they were given. */
export class Invariants {
  constructor(
    private readonly transactions: Transactions,
    private readonly invariants: readonly Invariant[],
  ) {}

  async check(): Promise<InvariantReport> {
    const checks: InvariantReport['checks'][number][] = [];
    for (const { name, description, sql } of this.invariants) {
      const { rows } = await this.transactions.read((db) =>
        db.query<{ violations: number; sample: unknown[] | null }>(
          `WITH broken AS (${sql}), sample AS (SELECT * FROM broken LIMIT ${SAMPLE_MAX})
           SELECT (SELECT count(*) FROM broken) AS violations, (SELECT json_agg(sample) FROM sample) AS sample`,
        ),
      );
      checks.push({ name, description, violations: rows[0]?.violations ?? 0, sample: rows[0]?.sample ?? [] });
    }
    return { ok: checks.every((check) => check.violations === 0), checkedAt: new Date(), checks };
  }
}
