import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { loadConfig } from '#config';

const LEFT_OVER_AFTER_MS = 3 * 3_600_000;

/** URL of a database on the configured server. */
export function urlOf(database: string): string {
  const url = new URL(loadConfig(process.env).DATABASE_URL);
  url.pathname = `/${database}`;
  return url.href;
}

/** Lends a connection that can create and drop databases. */
export async function asOwner<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Carries the time of its making, by which the leavings of killed runs are distinguished from databases in use. */
export const newDatabaseName = (): string => `holdfast_test_${Date.now()}_${randomBytes(4).toString('hex')}`;

/** @param pattern as LIKE has it */
export async function databasesLike(client: Client, pattern: string): Promise<string[]> {
  const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datname LIKE $1', [
    pattern,
  ]);
  return rows.map((row) => row.datname);
}

/** Also with connections open. */
export async function dropDatabase(client: Client, name: string): Promise<void> {
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/** What runs that were killed have left behind. */
export async function dropLeftOvers(client: Client): Promise<void> {
  for (const name of await databasesLike(client, 'holdfast\\_test\\_%')) {
    if (Number(name.split('_')[2]) < Date.now() - LEFT_OVER_AFTER_MS) await dropDatabase(client, name);
  }
}
