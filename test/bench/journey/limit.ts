import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { postgresProgram } from './postgres-programs.js';

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
      return new Limit(url, await postgresProgram(client, 'pgbench'));
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
