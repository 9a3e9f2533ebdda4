import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Money that is given back. A row is written before the provider is called, and is never deleted. */
export class Refunds1764000180003 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment.refunds (
        id                 text COLLATE "C" PRIMARY KEY,
        payment_id         text COLLATE "C" NOT NULL REFERENCES payment.attempts,
        order_id           text COLLATE "C" NOT NULL,
        status             text NOT NULL CHECK (status IN ('requested', 'submitted', 'unknown', 'succeeded', 'failed')),
        amount             bigint NOT NULL CHECK (amount > 0),
        currency           char(3) NOT NULL,
        cause              text NOT NULL CHECK (cause IN ('staff', 'order_ended', 'second_payment', 'wrong_amount', 'order_not_found')),
        reason             text NOT NULL,
        requested_by       text NOT NULL,
        provider_reference text,
        last_error         text,
        last_sequence      int NOT NULL DEFAULT 0,
        created_at         timestamptz NOT NULL DEFAULT now(),
        updated_at         timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX refunds_of_payment ON payment.refunds (payment_id)');
    await runner.query('CREATE INDEX refunds_of_order ON payment.refunds (order_id)');
  }
}
