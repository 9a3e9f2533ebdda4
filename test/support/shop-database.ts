import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Client } from 'pg';
import { asOwner, databasesLike, dropDatabase, dropLeftOvers, newDatabaseName, urlOf } from './database-server.js';
import { projectRoot } from './project-root.js';
import { runCli } from './run-cli.js';

/** Any fixed number: whoever makes a test database takes the same advisory lock. */
const MAKING_LOCK = 4_842_120;

export interface ShopDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A migrated database of the caller's own, copied from a template that is made once for each state of the migrations. */
export async function createShopDatabase(): Promise<ShopDatabase> {
  const name = newDatabaseName();
  await asOwner(async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [MAKING_LOCK]);
    await dropLeftOvers(client);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${await templateOf(client)}`);
  });
  return {
    url: urlOf(name),
    drop: () => asOwner((client) => dropDatabase(client, name)),
  };
}

/** The template gets its name last, by renaming: a half-migrated database is never copied. */
async function templateOf(client: Client): Promise<string> {
  const template = `holdfast_template_${hashOfMigrations()}`;
  if ((await databasesLike(client, template)).length > 0) return template;
  for (const earlier of await databasesLike(client, 'holdfast\\_template\\_%')) await dropDatabase(client, earlier);
  const draft = `${template}_draft`;
  await client.query(`CREATE DATABASE ${draft}`);
  await runCli(['migrate'], { DATABASE_URL: urlOf(draft) });
  await client.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
  return template;
}

/** Of the migrations and of the programs that put them together. */
function hashOfMigrations(): string {
  const hash = createHash('sha256');
  const built = new URL('dist/', projectRoot);
  const files = readdirSync(built, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((path) => /(\/migrations\/|^apps\/).*\.js$/.test(path)).toSorted()) {
    hash.update(file).update(readFileSync(new URL(file, built)));
  }
  return hash.digest('hex').slice(0, 16);
}
