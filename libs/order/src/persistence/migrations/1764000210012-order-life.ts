import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Why an order is on hold, and where the change of an order came from. Orders that are on hold so far were paid too little; those that are
 * given up are looked at until their money is given back. Runs when `messaging` is there.
 */
export class OrderLife1764000210012 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders.orders ADD COLUMN hold_reason text');
    await runner.query(`UPDATE orders.orders SET hold_reason = 'short_payment' WHERE status = 'on_hold'`);
    await runner.query(`
      ALTER TABLE orders.orders ADD CONSTRAINT orders_hold_has_reason CHECK ((status = 'on_hold') = (hold_reason IS NOT NULL))`);
    await runner.query('ALTER TABLE orders.history ADD COLUMN trace_id text, ADD COLUMN correlation_id text');
    await runner.query(`
      INSERT INTO messaging.scheduled (type, source, subject, due_at, data, correlation_id, traceparent)
      SELECT 'order.cancelling_due.v1', 'order.cancelling', orders.id, now(), json_build_object('orderId', orders.id), trace.id,
        '00-' || trace.id || '-' || left(md5(orders.id), 16) || '-01'
      FROM orders.orders CROSS JOIN LATERAL (SELECT md5(orders.id || random()) AS id) AS trace
      WHERE status = 'cancelling'
      ON CONFLICT (type, subject) DO NOTHING`);
  }
}
