import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Attempts to take an order's money, and what happened to each. The partial unique indexes are the last guard against charging an order
 * twice: whatever the code believes, there is one attempt that may still take money, and one that has.
 */
export class Payments1764000050001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA payment');
    await runner.query(`
      CREATE TABLE payment.attempts (
        id                 text COLLATE "C" PRIMARY KEY,
        order_id           text COLLATE "C" NOT NULL,
        status             text NOT NULL
                           CHECK (status IN ('created', 'processing', 'unknown', 'captured', 'declined', 'failed')),
        amount             bigint NOT NULL CHECK (amount >= 0),
        currency           char(3) NOT NULL,
        method             text NOT NULL CHECK (method IN ('card')),
        provider           text NOT NULL,
        provider_reference text UNIQUE,
        decline_code       text,
        next_query_at      timestamptz,
        queries            int NOT NULL DEFAULT 0,
        facts              int NOT NULL DEFAULT 0,
        version            int NOT NULL,
        created_at         timestamptz NOT NULL DEFAULT now(),
        updated_at         timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT attempts_live_is_queried
          CHECK ((status IN ('created', 'processing', 'unknown')) = (next_query_at IS NOT NULL)),
        CONSTRAINT attempts_captured_has_reference CHECK (status <> 'captured' OR provider_reference IS NOT NULL),
        CONSTRAINT attempts_declined_has_code CHECK ((status = 'declined') = (decline_code IS NOT NULL))
      )`);
    await runner.query(
      `COMMENT ON COLUMN payment.attempts.facts IS 'Events stated about this attempt: sequence of the last one.'`,
    );
    await runner.query('CREATE INDEX attempts_of_order ON payment.attempts (order_id)');
    await runner.query(`
      CREATE UNIQUE INDEX attempts_one_live ON payment.attempts (order_id)
      WHERE status IN ('created', 'processing', 'unknown')`);
    await runner.query(`
      CREATE UNIQUE INDEX attempts_one_captured ON payment.attempts (order_id) WHERE status = 'captured'`);
    await runner.query(`
      CREATE INDEX attempts_due ON payment.attempts (next_query_at) WHERE next_query_at IS NOT NULL`);
    await runner.query(`
      CREATE TABLE payment.history (
        payment_id  text COLLATE "C" NOT NULL REFERENCES payment.attempts,
        seq         int NOT NULL,
        from_status text,
        to_status   text NOT NULL,
        actor       text NOT NULL,
        reason      text,
        at          timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (payment_id, seq)
      )`);
    await this.sandboxBooks(runner);
  }

  /** The sandbox provider's side of the story: no key into our tables, as with a provider elsewhere. */
  private async sandboxBooks(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment.sandbox_charges (
        idempotency_key    text COLLATE "C" PRIMARY KEY,
        outcome            text NOT NULL CHECK (outcome IN ('captured', 'declined', 'failed', 'closed')),
        reference          text NOT NULL UNIQUE DEFAULT 'sbx_' || replace(gen_random_uuid()::text, '-', ''),
        merchant_reference text COLLATE "C",
        amount             bigint,
        currency           char(3),
        booked_at          timestamptz NOT NULL DEFAULT now(),
        CHECK (outcome = 'closed' OR (merchant_reference IS NOT NULL AND amount IS NOT NULL AND currency IS NOT NULL))
      )`);
    await runner.query('CREATE INDEX sandbox_charges_of_order ON payment.sandbox_charges (merchant_reference)');
  }
}
