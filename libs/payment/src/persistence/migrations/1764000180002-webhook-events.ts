import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** What providers have sent by webhook, each event once. Only what this module needs of it is kept. */
export class WebhookEvents1764000180002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment.webhook_events (
        provider    text COLLATE "C" NOT NULL,
        event_id    text COLLATE "C" NOT NULL,
        type        text NOT NULL,
        fact        jsonb,
        status      text NOT NULL CHECK (status IN ('received', 'applied', 'ignored', 'parked')),
        reason      text,
        received_at timestamptz NOT NULL DEFAULT now(),
        settled_at  timestamptz,
        PRIMARY KEY (provider, event_id),
        CHECK ((status = 'received') = (settled_at IS NULL))
      )`);
    await runner.query(`
      CREATE INDEX webhook_events_open ON payment.webhook_events (received_at) WHERE status IN ('received', 'parked')`);
  }
}
