import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client, Pool } from 'pg';

/** A program of PostgreSQL that fits the server: from beside the server's own programs, or else from the PATH. */
export async function postgresProgram(db: Client | Pool, name: 'pgbench' | 'psql'): Promise<string> {
  const { rows } = await db.query<{ major: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major`,
  );
  const { major } = rows[0]!;
  const folders = [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/usr/lib/postgresql${major}/bin`,
    `/usr/libexec/postgresql${major}`,
  ];
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? name;
  try {
    await promisify(execFile)(found, ['--version']);
    return found;
  } catch (error) {
    const packages = `On Debian and Ubuntu: apt-get install postgresql-${major}. On Fedora: dnf install postgresql-contrib.`;
    throw new Error(`This benchmark needs ${name}, which is missing. ${packages}`, { cause: error });
  }
}
