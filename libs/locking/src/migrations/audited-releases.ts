import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Forced releases are in the audit like every other decision of an operator. Those of earlier releases of the program move there. */
export class AuditedReleases1764000180004 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO audit.entries (id, at, actor, action, subject_type, subject_id, before, after, reason)
      SELECT 'aud_' || lpad(id::text, 26, '0'), asked_at, actor, 'lock.force_release', 'lock', key, NULL,
        CASE WHEN was_held IS NOT NULL THEN jsonb_build_object('wasHeld', was_held) END, reason
      FROM locking.releases`);
    await runner.query('DROP TABLE locking.releases');
  }
}
