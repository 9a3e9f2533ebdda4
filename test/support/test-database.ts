import { DataSource } from 'typeorm';
import { auditPersistence } from '#audit';
import type { Persistence } from '#database';
import { asOwner, dropDatabase, newDatabaseName, urlOf } from './database-server.js';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A database of the caller's own on the configured server, with these migrations applied, and those of the audit, which every library writes. */
export async function createTestDatabase(persistence: readonly Persistence[] = []): Promise<TestDatabase> {
  const name = newDatabaseName();
  const url = urlOf(name);
  await asOwner((client) => client.query(`CREATE DATABASE ${name}`));
  if (persistence.length > 0) await migrate(url, persistence);
  return { url, drop: () => asOwner((client) => dropDatabase(client, name)) };
}

async function migrate(url: string, persistence: readonly Persistence[]): Promise<void> {
  const migrations = [...auditPersistence.migrations, ...persistence.flatMap((part) => [...part.migrations])];
  const dataSource = new DataSource({ type: 'postgres', url, migrations, installExtensions: false });
  await dataSource.initialize();
  try {
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await dataSource.destroy();
  }
}
