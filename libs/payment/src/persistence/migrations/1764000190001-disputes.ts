import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Disputes of payments; refunds name why money fitted no order; and an attempt that the provider says nothing about waits for a person.
 */
export class Disputes1764000190001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment.disputes (
        id                 text COLLATE "C" PRIMARY KEY,
        payment_id         text COLLATE "C" NOT NULL REFERENCES payment.attempts,
        provider           text COLLATE "C" NOT NULL,
        provider_reference text COLLATE "C" NOT NULL,
        status             text NOT NULL CHECK (status IN ('open', 'won', 'lost')),
        last_sequence      int NOT NULL DEFAULT 1,
        opened_at          timestamptz NOT NULL DEFAULT now(),
        closed_at          timestamptz,
        UNIQUE (provider, provider_reference),
        CHECK ((status = 'open') = (closed_at IS NULL))
      )`);
    await runner.query('CREATE INDEX disputes_of_payment ON payment.disputes (payment_id)');
    await runner.query(`
      ALTER TABLE payment.refunds
        DROP CONSTRAINT refunds_cause_check,
        ADD CONSTRAINT refunds_cause_check CHECK (cause IN ('staff', 'made_elsewhere', 'order_ended', 'order_not_found',
          'second_payment', 'wrong_currency', 'overpaid', 'short_payment', 'wrong_amount')),
        ADD CONSTRAINT refunds_one_a_reference UNIQUE (payment_id, provider_reference)`);
    await runner.query(`CREATE INDEX refunds_parked ON payment.refunds (id) WHERE status = 'failed'`);
    await runner.query('ALTER TABLE payment.attempts ADD COLUMN review_since timestamptz');
    await runner.query(
      `COMMENT ON COLUMN payment.attempts.review_since IS $$Since then a person has to find out what became of it.$$`,
    );
    await runner.query(`
      ALTER TABLE payment.webhook_events
        ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY,
        ADD CONSTRAINT webhook_events_number UNIQUE (number)`);
    await runner.query('CREATE INDEX attempts_to_review ON payment.attempts (id) WHERE review_since IS NOT NULL');
  }
}
