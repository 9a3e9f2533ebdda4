import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Answers to requests that were sent with an Idempotency-Key. `id` is a digest of caller and key, and `answer` is sealed with another
 * part of that digest, so the table alone gives away neither keys nor answers. Without `status` the request is still being worked on.
 */
export class IdempotencyKeys1764000070001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA IF NOT EXISTS http');
    await runner.query(`
      CREATE TABLE http.idempotency_keys (
        id bytea PRIMARY KEY,
        route text NOT NULL,
        request_hash text NOT NULL,
        resource text,
        status smallint,
        answer bytea,
        claimed_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now(),
        CHECK ((status IS NULL) = (answer IS NULL)),
        CHECK (status IS NOT NULL OR resource IS NOT NULL)
      )`);
    // Rows are appended and purged by age: a block range index finds the old ones at almost no cost for the writers.
    await runner.query('CREATE INDEX idempotency_keys_by_age ON http.idempotency_keys USING brin (created_at)');
  }
}
