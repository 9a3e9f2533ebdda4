import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

const LIVE = `('created', 'unknown', 'requires_action', 'processing', 'authorized')`;

/**
 * Attempts can wait for their buyer, for their provider or for their capture, and keep what a repetition with the same key needs until the
 * provider has answered. An order may have two attempts that took money: the second one is given back, and must have a row to be.
 */
export class ProviderAnswers1764000180001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await this.attempts(runner);
    await this.sandbox(runner);
  }

  private async attempts(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payment.attempts
        DROP CONSTRAINT attempts_status_check,
        DROP CONSTRAINT attempts_provider_reference_key,
        ADD CONSTRAINT attempts_status_check CHECK (status IN
          ('created', 'unknown', 'requires_action', 'processing', 'authorized', 'captured', 'voided', 'declined', 'failed')),
        ADD CONSTRAINT attempts_provider_reference_key UNIQUE (provider, provider_reference),
        ADD COLUMN capture text NOT NULL DEFAULT 'automatic' CHECK (capture IN ('automatic', 'manual')),
        ADD COLUMN token text,
        ADD COLUMN return_url text,
        ADD COLUMN next_action jsonb,
        ADD COLUMN captured_amount bigint CHECK (captured_amount >= 0),
        ADD COLUMN captured_currency char(3)`);
    await runner.query(`
      UPDATE payment.attempts SET captured_amount = amount, captured_currency = currency WHERE status = 'captured'`);
    await runner.query(`
      ALTER TABLE payment.attempts
        ADD CONSTRAINT attempts_captured_has_amount
          CHECK ((status = 'captured') = (captured_amount IS NOT NULL) AND (status = 'captured') = (captured_currency IS NOT NULL)),
        ADD CONSTRAINT attempts_token_is_for_repetition CHECK (token IS NULL OR status IN ('created', 'unknown'))`);
    await runner.query(
      `COMMENT ON COLUMN payment.attempts.token IS $$Needed to repeat the call with the same key; forgotten once the provider has answered.$$`,
    );
    await runner.query('DROP INDEX payment.attempts_one_live');
    await runner.query('DROP INDEX payment.attempts_one_captured');
    await runner.query(`
      CREATE UNIQUE INDEX attempts_one_live ON payment.attempts (order_id) WHERE status IN ${LIVE}`);
  }

  private async sandbox(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE payment.sandbox_charges RENAME COLUMN outcome TO status');
    await runner.query(`
      ALTER TABLE payment.sandbox_charges
        DROP CONSTRAINT sandbox_charges_outcome_check,
        ADD COLUMN token text NOT NULL DEFAULT '',
        ADD COLUMN capture text NOT NULL DEFAULT 'automatic',
        ADD COLUMN decline_code text,
        ADD COLUMN return_url text`);
    await runner.query(`UPDATE payment.sandbox_charges SET status = 'failed' WHERE status = 'closed'`);
    await runner.query(`
      ALTER TABLE payment.sandbox_charges ADD CONSTRAINT sandbox_charges_status_check
        CHECK (status IN ('requires_action', 'processing', 'authorized', 'captured', 'voided', 'declined', 'failed'))`);
    await runner.query(`
      CREATE TABLE payment.sandbox_refunds (
        idempotency_key  text COLLATE "C" PRIMARY KEY,
        reference        text NOT NULL UNIQUE DEFAULT 'sbxr_' || replace(gen_random_uuid()::text, '-', ''),
        charge_reference text NOT NULL REFERENCES payment.sandbox_charges (reference),
        amount           bigint NOT NULL CHECK (amount > 0),
        currency         char(3) NOT NULL,
        status           text NOT NULL CHECK (status IN ('submitted', 'succeeded', 'failed')),
        booked_at        timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE payment.sandbox_webhooks (
        id         text COLLATE "C" PRIMARY KEY,
        number     bigint GENERATED ALWAYS AS IDENTITY,
        body       text NOT NULL,
        written_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX sandbox_refunds_of_charge ON payment.sandbox_refunds (charge_reference)');
  }
}
