import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Money that is promised first and captured, or given up, later. */
export class SeparateCapture1764000190002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payment.attempts
        ADD COLUMN authorized_amount bigint CHECK (authorized_amount >= 0),
        ADD COLUMN authorized_currency char(3),
        ADD COLUMN requested_action text CHECK (requested_action IN ('capture', 'void')),
        ADD CONSTRAINT attempts_authorized_has_amount CHECK (status <> 'authorized' OR
          (authorized_amount IS NOT NULL AND authorized_currency IS NOT NULL))`);
    await runner.query(
      `COMMENT ON COLUMN payment.attempts.requested_action IS $$What is to be done with an authorized payment at the provider.$$`,
    );
  }
}
