import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Keys of staff and machines. Only the SHA-256 is kept; `revoked_at` ends a key at once and keeps its name for the histories. */
export class ApiKeys1764000070002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE http.api_keys (
        id text COLLATE "C" PRIMARY KEY,
        hash text COLLATE "C" NOT NULL UNIQUE,
        label text NOT NULL CHECK (length(label) BETWEEN 1 AND 100),
        scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz
      )`);
  }
}
