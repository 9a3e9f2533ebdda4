import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Who changed what. Rows are added and read, never changed: the trigger refuses everything else, also to our own programs. */
export class AuditEntries1764000005001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA audit');
    await runner.query(`
      CREATE TABLE audit.entries (
        id           text COLLATE "C" PRIMARY KEY,
        at           timestamptz NOT NULL DEFAULT now(),
        actor        text COLLATE "C" NOT NULL CHECK (actor <> ''),
        action       text COLLATE "C" NOT NULL CHECK (action <> ''),
        subject_type text COLLATE "C" NOT NULL,
        subject_id   text COLLATE "C" NOT NULL,
        before       jsonb,
        after        jsonb,
        reason       text,
        trace_id     text COLLATE "C"
      )`);
    await runner.query('CREATE INDEX entries_by_subject ON audit.entries (subject_type, subject_id, id)');
    await runner.query('CREATE INDEX entries_by_actor ON audit.entries (actor, id)');
    await runner.query(`
      CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'Audit entries are added, never changed or removed.' USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await runner.query(`
      CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entries
      FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()`);
  }
}
