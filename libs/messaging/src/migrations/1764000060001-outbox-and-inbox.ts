import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Outbox: events wait here, from the transaction that adds them until the broker has confirmed them. The partial index holds the
 * waiting ones only, so it stays small however many published rows are kept.
 * Inbox: what each queue's consumer has taken effect for, so that a second delivery has none.
 */
export class OutboxAndInbox1764000060001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA messaging');
    await runner.query(`
      CREATE TABLE messaging.outbox (
        position       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id             uuid NOT NULL,
        type           text COLLATE "C" NOT NULL,
        source         text COLLATE "C" NOT NULL,
        subject        text COLLATE "C" NOT NULL,
        sequence       bigint NOT NULL CHECK (sequence > 0),
        occurred_at    timestamptz NOT NULL DEFAULT now(),
        data           json NOT NULL,
        mandatory      boolean NOT NULL,
        correlation_id text NOT NULL,
        causation_id   uuid,
        traceparent    text NOT NULL,
        attempts       integer NOT NULL DEFAULT 0,
        next_at        timestamptz,
        last_error     text,
        published_at   timestamptz,
        CONSTRAINT outbox_one_fact_a_sequence UNIQUE (source, subject, sequence)
      ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)`);
    await runner.query('CREATE INDEX outbox_waiting ON messaging.outbox (position) WHERE published_at IS NULL');
    await runner.query(`
      CREATE TABLE messaging.inbox (
        consumer    text COLLATE "C" NOT NULL,
        message_id  uuid NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, message_id)
      )`);
    await runner.query('CREATE INDEX inbox_by_age ON messaging.inbox (received_at)');
  }
}
