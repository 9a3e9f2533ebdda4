import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Token buckets of the rate limits where they are kept in PostgreSQL. Not logged: after a crash every caller starts with a full one. */
export class RateBuckets1764000070003 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE UNLOGGED TABLE http.rate_buckets (
        key           text COLLATE "C" PRIMARY KEY,
        level         float8 NOT NULL,
        capacity      float8 NOT NULL,
        refill_per_ms float8 NOT NULL,
        at            timestamptz NOT NULL
      ) WITH (fillfactor = 70)`);
  }
}
