import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Scheduled: messages to be sent at a time. A row leaves the table when its time has come, in the transaction that puts it into the
 * outbox. Its number grows with each time it is scheduled, so that what is sent again about a subject is a later message.
 * Progress: up to which event about a subject a queue that asks for order has come.
 */
export class ScheduleAndProgress1764000060003 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE messaging.scheduled (
        type           text COLLATE "C" NOT NULL,
        subject        text COLLATE "C" NOT NULL,
        due_at         timestamptz NOT NULL,
        number         bigint GENERATED ALWAYS AS IDENTITY,
        id             uuid NOT NULL DEFAULT gen_random_uuid(),
        source         text COLLATE "C" NOT NULL,
        data           json NOT NULL,
        correlation_id text NOT NULL,
        causation_id   uuid,
        traceparent    text NOT NULL,
        PRIMARY KEY (type, subject)
      ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)`);
    await runner.query('CREATE INDEX scheduled_by_time ON messaging.scheduled (due_at)');
    await runner.query(`
      CREATE TABLE messaging.progress (
        queue    text COLLATE "C" NOT NULL,
        source   text COLLATE "C" NOT NULL,
        subject  text COLLATE "C" NOT NULL,
        sequence bigint NOT NULL CHECK (sequence > 0),
        PRIMARY KEY (queue, source, subject)
      )`);
  }
}
