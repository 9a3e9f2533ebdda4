import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** An order with the total 0 is confirmed without a payment. */
export class FreeOrders1764000140003 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders.orders DROP CONSTRAINT orders_confirmed_is_paid,
        ADD CONSTRAINT orders_confirmed_is_paid CHECK (confirmed_at IS NULL OR payment_id IS NOT NULL OR total = 0)`);
  }
}
