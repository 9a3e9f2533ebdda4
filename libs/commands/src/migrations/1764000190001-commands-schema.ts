import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** The keys belong to whatever sends a command, not to HTTP. */
export class CommandsSchema1764000190001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA commands');
    await runner.query('ALTER TABLE http.idempotency_keys SET SCHEMA commands');
  }
}
