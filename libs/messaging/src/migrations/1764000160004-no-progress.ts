import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** No consumer asks for the order of events any more. */
export class NoProgress1764000160004 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE messaging.progress');
  }
}
