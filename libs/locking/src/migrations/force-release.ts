import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** The function of the driver `postgres` has the name of what it does, like everywhere else. */
export class ForceRelease1764000080003 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER FUNCTION locking.seize(text) RENAME TO force_release');
  }
}
