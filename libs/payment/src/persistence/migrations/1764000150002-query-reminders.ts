import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** The provider is asked about open attempts by scheduled messages, also about those of earlier releases. Runs when `messaging` is there. */
export class QueryReminders1764000150002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO messaging.scheduled (type, source, subject, due_at, data, correlation_id, traceparent)
      SELECT 'payment.query_due.v1', 'payment.reminder', attempts.id, next_query_at,
        json_build_object('paymentId', attempts.id, 'question', queries + 1), trace.id,
        '00-' || trace.id || '-' || left(md5(attempts.id), 16) || '-01'
      FROM payment.attempts CROSS JOIN LATERAL (SELECT md5(attempts.id || random()) AS id) AS trace
      WHERE next_query_at IS NOT NULL`);
    await runner.query('ALTER TABLE payment.attempts DROP COLUMN next_query_at, DROP COLUMN queries');
  }
}
