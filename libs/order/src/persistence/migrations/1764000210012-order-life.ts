import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Why an order is on hold, and where the change of an order came from. Orders that are on hold so far were paid too little. */
export class OrderLife1764000210012 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders.orders ADD COLUMN hold_reason text');
    await runner.query(`UPDATE orders.orders SET hold_reason = 'short_payment' WHERE status = 'on_hold'`);
    await runner.query(`
      ALTER TABLE orders.orders ADD CONSTRAINT orders_hold_has_reason CHECK ((status = 'on_hold') = (hold_reason IS NOT NULL))`);
    await runner.query('ALTER TABLE orders.history ADD COLUMN trace_id text, ADD COLUMN correlation_id text');
  }
}
