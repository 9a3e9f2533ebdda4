import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Orders that wait for their payment when this release comes are reminded of like those placed after it. Runs when `messaging` is there. */
export class HoldReminders1764000140002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO messaging.scheduled (type, source, subject, due_at, data, correlation_id, traceparent)
      SELECT 'order.hold_due.v1', 'order.reminder', orders.id, reservation_expires_at, json_build_object('orderId', orders.id), trace.id,
        '00-' || trace.id || '-' || left(md5(orders.id), 16) || '-01'
      FROM orders.orders CROSS JOIN LATERAL (SELECT md5(orders.id || random()) AS id) AS trace
      WHERE status = 'pending_payment'`);
  }
}
