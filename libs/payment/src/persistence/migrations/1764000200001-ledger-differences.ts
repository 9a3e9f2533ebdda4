import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** What the last comparison of ledgers has left, for the metrics of every worker. */
export class LedgerDifferences1764000200001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment.ledger_differences (
        provider    text COLLATE "C" NOT NULL,
        kind        text COLLATE "C" NOT NULL,
        count       int NOT NULL CHECK (count >= 0),
        period_from timestamptz NOT NULL,
        period_to   timestamptz NOT NULL,
        compared_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (provider, kind)
      )`);
    await runner.query('CREATE INDEX sandbox_charges_by_time ON payment.sandbox_charges (booked_at, idempotency_key)');
  }
}
