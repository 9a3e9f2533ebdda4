import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Any fixed number: every process that migrates takes the same advisory lock. */
const MIGRATION_LOCK = 4_842_119;

/** The program is newer than the schema. */
export class SchemaOutdated extends Error {
  constructor(pending: readonly string[]) {
    super(
      `The database lacks ${pending.length} migration(s), first ${pending[0]}. Run the command \`migrate\` before this process.`,
    );
    this.name = 'SchemaOutdated';
  }
}

@Injectable()
export class Migrations {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Applies what is missing, each migration in its own transaction, one process at a time. Returns the names applied. The statement
   * limit of the process holds here too, so whoever migrates raises DATABASE_STATEMENT_TIMEOUT_MS first.
   */
  async run(): Promise<string[]> {
    const guard = this.dataSource.createQueryRunner();
    try {
      await guard.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      const applied = await this.dataSource.runMigrations({ transaction: 'each' });
      return applied.map((migration) => migration.name);
    } finally {
      await guard.query('SELECT pg_advisory_unlock_all()');
      await guard.release();
    }
  }

  /** @throws {SchemaOutdated} when a migration that this program knows has not been applied. */
  async assertApplied(): Promise<void> {
    const known = this.dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
    const runner = this.dataSource.createQueryRunner();
    try {
      const rows = async <Row>(sql: string): Promise<Row[]> => (await runner.query(sql)) as Row[];
      const [table] = await rows<{ exists: boolean }>(`SELECT to_regclass('public.migrations') IS NOT NULL AS exists`);
      const done = table?.exists === true ? await rows<{ name: string }>('SELECT name FROM public.migrations') : [];
      const applied = new Set(done.map((row) => row.name));
      const pending = known.filter((name) => !applied.has(name));
      if (pending.length > 0) throw new SchemaOutdated(pending);
    } finally {
      await runner.release();
    }
  }
}
