import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Money is also given back because its order is cancelled after it was paid. */
export class CancelledRefunds1764000210011 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payment.refunds
        DROP CONSTRAINT refunds_cause_check,
        ADD CONSTRAINT refunds_cause_check CHECK (cause IN ('staff', 'made_elsewhere', 'order_ended', 'order_not_found', 'cancelled',
          'second_payment', 'wrong_currency', 'overpaid', 'short_payment', 'wrong_amount'))`);
  }
}
