import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Who placed an order: what one caller keeps unpaid is limited. It may be the address of a guest, so it stands there only while the order
 * waits for its payment. Orders that are there already count for nobody.
 */
export class OrderCallers1764000170001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders.orders ADD COLUMN caller_key text COLLATE "C"');
    await runner.query(`
      ALTER TABLE orders.orders ADD CONSTRAINT orders_caller_of_open_order
        CHECK (caller_key IS NULL OR status = 'pending_payment')`);
    await runner.query(`
      CREATE INDEX orders_open_of_caller ON orders.orders (caller_key)
      WHERE status = 'pending_payment' AND caller_key IS NOT NULL`);
  }
}
