import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';

/** Connections of pgbench, each of them a buyer who waits for nothing but PostgreSQL. */
export const LIMIT_CLIENTS = 32;
const WARM_UP_SECONDS = 1;
const EXTRA_MS = 60_000;

const own = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const run = promisify(execFile);

/** What PostgreSQL itself does: the three durable steps of an order on the least schema, one transaction a step. */
export class Limit {
  private constructor(
    private readonly url: string,
    private readonly pgbench: string,
  ) {}

  /** Makes the schema. @param url of a database that is there for this alone */
  static async prepare(url: string): Promise<Limit> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(await readFile(own('limit-schema.sql'), 'utf8'));
      const { rows } = await client.query<{ major: number }>(
        `SELECT current_setting('server_version_num')::int / 10000 AS major`,
      );
      return new Limit(url, await findPgbench(rows[0]!.major));
    } finally {
      await client.end();
    }
  }

  /** @returns orders a second by {@link LIMIT_CLIENTS} connections */
  async measure(skus: number, seconds: number): Promise<number> {
    await this.orders(skus, WARM_UP_SECONDS);
    return ordersPerSecond(await this.orders(skus, seconds));
  }

  private async orders(skus: number, seconds: number): Promise<string> {
    const clients = ['--client', String(LIMIT_CLIENTS), '--jobs', '2', '--protocol', 'prepared', '--no-vacuum'];
    const script = ['--define', `skus=${skus}`, '--time', String(seconds), '--file', own('limit-order.sql')];
    const { stdout } = await run(this.pgbench, [...clients, ...script, this.url], {
      timeout: seconds * 1_000 + EXTRA_MS,
    });
    return stdout;
  }
}

/** @param output what pgbench printed; one of its transactions is one run of the script, an order */
export function ordersPerSecond(output: string): number {
  const rate = Number(/^tps = ([\d.]+) /m.exec(output)?.[1]);
  const failed = Number(/^number of failed transactions: (\d+) /m.exec(output)?.[1] ?? 0);
  if (!(rate > 0) || failed > 0) throw new Error(`pgbench measured nothing:\n${output}`);
  return rate;
}

/** Beside the server's own programs, or in the PATH. */
async function findPgbench(major: number): Promise<string> {
  const folders = [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/usr/lib/postgresql${major}/bin`,
    `/usr/libexec/postgresql${major}`,
  ];
  const found = folders.map((folder) => join(folder, 'pgbench')).find((file) => existsSync(file)) ?? 'pgbench';
  try {
    await run(found, ['--version']);
    return found;
  } catch (error) {
    const advice = `On Debian and Ubuntu: apt-get install postgresql-${major}. On Fedora: dnf install postgresql-contrib.`;
    throw new Error(`pgbench is missing, which measures the limit. ${advice}`, { cause: error });
  }
}
