import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** The number of an event has one name everywhere: sequence. */
export class PaymentSequences1764000160002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE payment.attempts RENAME COLUMN facts TO last_sequence');
    await runner.query(
      'COMMENT ON COLUMN payment.attempts.last_sequence IS $$Number of the latest event of this attempt; 0 before the first.$$',
    );
    await runner.query('ALTER TABLE payment.history RENAME COLUMN seq TO sequence');
  }
}
