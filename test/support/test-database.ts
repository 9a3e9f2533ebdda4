import { DataSource } from 'typeorm';
import { auditSchema } from '#audit';
import type { ModuleSchema } from '#database';
import { asOwner, dropDatabase, newDatabaseName, urlOf } from './database-server.js';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A database of the caller's own on the configured server, with these migrations applied, and those of the audit, which every library writes. */
export async function createTestDatabase(schemas: readonly ModuleSchema[] = []): Promise<TestDatabase> {
  const name = newDatabaseName();
  const url = urlOf(name);
  await asOwner((client) => client.query(`CREATE DATABASE ${name}`));
  if (schemas.length > 0) await migrate(url, schemas);
  return { url, drop: () => asOwner((client) => dropDatabase(client, name)) };
}

async function migrate(url: string, schemas: readonly ModuleSchema[]): Promise<void> {
  const migrations = [...auditSchema.migrations, ...schemas.flatMap((part) => [...part.migrations])];
  const dataSource = new DataSource({ type: 'postgres', url, migrations, installExtensions: false });
  await dataSource.initialize();
  try {
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await dataSource.destroy();
  }
}
