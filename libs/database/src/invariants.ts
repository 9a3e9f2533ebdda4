import { Transactions } from './transactions.js';
import type { Invariant } from './invariant.js';

interface InvariantCheck {
  readonly name: string;
  readonly description: string;
  readonly violations: number;
  /** The first few rows that say what is wrong. */
  readonly sample: readonly unknown[];
}

export interface InvariantReport {
  readonly ok: boolean;
  readonly checkedAt: Date;
  readonly checks: readonly InvariantCheck[];
}

interface Answer {
  readonly violations: number;
  readonly sample: readonly unknown[] | null;
}

const SAMPLE_MAX = 5;

/** Asks whether the invariants of the data hold, one query an invariant, in the order in which they were given. */
export class Invariants {
  constructor(
    private readonly transactions: Transactions,
    readonly all: readonly Invariant[],
  ) {}

  async check(): Promise<InvariantReport> {
    const checks: InvariantCheck[] = [];
    for (const { name } of this.all) {
      checks.push(await this.one(name, (sql) => this.transactions.read((db) => db.query<Answer>(sql))));
    }
    return { ok: checks.every((check) => check.violations === 0), checkedAt: new Date(), checks };
  }

  /** @param ask sends SQL over a connection of the caller's choice */
  async one(
    name: string,
    ask: (sql: string) => Promise<{ readonly rows: readonly Answer[] }>,
  ): Promise<InvariantCheck> {
    const invariant = this.all.find((each) => each.name === name);
    if (invariant === undefined) throw new Error(`There is no invariant ${name}.`);
    const { description, sql } = invariant;
    const { rows } = await ask(
      `WITH broken AS (${sql}), sample AS (SELECT * FROM broken LIMIT ${SAMPLE_MAX})
       SELECT (SELECT count(*) FROM broken) AS violations, (SELECT json_agg(sample) FROM sample) AS sample`,
    );
    return { name, description, violations: rows[0]?.violations ?? 0, sample: rows[0]?.sample ?? [] };
  }
}
