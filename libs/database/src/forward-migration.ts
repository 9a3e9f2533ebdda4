import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A change of the schema. It only goes forward: what a release wrote is mended by the next migration, never by undoing one. */
export abstract class ForwardMigration implements MigrationInterface {
  abstract up(runner: QueryRunner): Promise<void>;

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward. Write a new one that mends what this one did.'));
  }
}
