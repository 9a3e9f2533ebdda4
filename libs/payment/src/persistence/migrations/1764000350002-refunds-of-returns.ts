import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Money that is given back because goods came back. The index is the last guard against giving it back twice for one return. */
export class RefundsOfReturns1764000350002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payment.refunds
        ADD COLUMN return_id text COLLATE "C",
        DROP CONSTRAINT refunds_cause_check,
        ADD CONSTRAINT refunds_cause_check CHECK (cause IN ('staff', 'returned', 'made_elsewhere', 'order_ended', 'order_not_found', 'cancelled',
          'second_payment', 'wrong_currency', 'overpaid', 'short_payment', 'wrong_amount')),
        ADD CONSTRAINT refunds_returned_names_return CHECK ((cause = 'returned') = (return_id IS NOT NULL))`);
    await runner.query(
      'CREATE UNIQUE INDEX refunds_one_a_return ON payment.refunds (return_id) WHERE return_id IS NOT NULL',
    );
  }
}
