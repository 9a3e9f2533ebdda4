import { Client, type Pool } from 'pg';
import type { Percentiles } from './percentiles.js';

/** What PostgreSQL has counted so far in one database. */
export interface Counters {
  /** By its own clock. */
  readonly at: Date;
  /** Without BEGIN, COMMIT and the like. Undefined where pg_stat_statements is not there. */
  readonly statements: number | undefined;
  /** All that were committed, also those that only read. A connection reports once a second. */
  readonly transactions: number;
  /** Those that wrote something, each of which waits for the disk. Counted by their ids, so up to date. */
  readonly commits: number;
}

const COUNTERS = `
  SELECT clock_timestamp() AS at, xact_commit::float8 AS transactions,
         pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS commits
  FROM pg_stat_database WHERE datname = current_database()`;

const STATEMENTS = `
  SELECT coalesce(sum(calls), 0)::float8 AS statements FROM pg_stat_statements AS statement
  JOIN pg_database AS database ON database.oid = statement.dbid
  WHERE datname = $1 AND query !~* '^\\s*(begin|start|commit|end|rollback|abort|savepoint|release)\\M'`;

const CONFIRMED = `
  WITH confirmed AS (
    SELECT extract(epoch FROM confirmed_at - placed_at)::float8 * 1000 AS ms
    FROM orders.orders WHERE confirmed_at >= $1 AND confirmed_at < $2
  )
  SELECT count(*)::int AS orders, percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY ms) AS ms FROM confirmed`;

const UNCONFIRMED = `
  SELECT count(*)::int AS count FROM orders.orders WHERE status = 'pending_payment' AND payment_status <> 'none'`;

/** A look into the shop's database that leaves no trace in what is counted there beyond a handful of statements. */
export class DatabaseCounters {
  private constructor(
    private readonly db: Pool,
    private readonly statements: Client | undefined,
    private readonly name: string,
  ) {}

  /** @param url of the shop's database @param countsStatements whether pg_stat_statements is loaded */
  static async open(db: Pool, url: string, countsStatements: boolean): Promise<DatabaseCounters> {
    const name = new URL(url).pathname.slice(1);
    if (!countsStatements) return new DatabaseCounters(db, undefined, name);
    const maintenance = new URL(url);
    maintenance.pathname = '/postgres';
    const client = new Client({ connectionString: maintenance.href });
    await client.connect();
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    return new DatabaseCounters(db, client, name);
  }

  async now(): Promise<Counters> {
    const statements = await this.statements?.query<{ statements: number }>(STATEMENTS, [this.name]);
    const { rows } = await this.db.query<Omit<Counters, 'statements'>>(COUNTERS);
    return { ...rows[0]!, statements: statements?.rows[0]?.statements };
  }

  /** Orders confirmed in a time, and how long each took from the transaction that placed it to the one that confirmed it. */
  async confirmed(from: Date, until: Date): Promise<{ orders: number; ms: Percentiles }> {
    const { rows } = await this.db.query<{ orders: number; ms: number[] | null }>(CONFIRMED, [from, until]);
    const { orders, ms } = rows[0]!;
    const [p50 = Number.NaN, p95 = Number.NaN, p99 = Number.NaN] = ms ?? [];
    return { orders, ms: { p50, p95, p99 } };
  }

  /** Orders that are being paid, or are paid and wait to be confirmed. */
  async underWay(): Promise<number> {
    return (await this.db.query<{ count: number }>(UNCONFIRMED)).rows[0]!.count;
  }

  async close(): Promise<void> {
    await this.statements?.end();
  }
}
