import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from '../../support/free-port.js';
import { projectRoot } from '../../support/project-root.js';

const SERVICES = fileURLToPath(new URL('docker/services.mjs', projectRoot));
/** In the checkout, so that the data lies on the disk where it always does, and not in the memory behind /tmp. */
const FOLDER = fileURLToPath(new URL('.services/bench', projectRoot));
const NAMES = ['postgres', 'redis', 'rabbitmq'] as const;

type Name = (typeof NAMES)[number];

/**
 * Servers of the benchmark's own, started as `npm start` starts them: nobody else's work is in their figures. One run at a time in a
 * checkout; a run that was killed leaves servers behind, which the next one ends.
 */
export class BenchServers {
  private constructor(
    /** Settings that name them. */
    readonly env: Readonly<Record<string, string>>,
    /** Whether PostgreSQL counts statements (pg_stat_statements). */
    readonly countsStatements: boolean,
  ) {}

  static async start(): Promise<BenchServers> {
    const login = 'bench:bench';
    const env = {
      SERVICES_DIR: FOLDER,
      DATABASE_URL: `postgres://${login}@127.0.0.1:${await freePort()}/bench`,
      REDIS_URLS: `redis://127.0.0.1:${await freePort()}`,
      RABBITMQ_URLS: `amqp://${login}@127.0.0.1:${await freePort()}`,
    };
    await services(env, 'reset', NAMES);
    await services(env, 'up', NAMES);
    const countsStatements = await preloadStatementCounter(env.DATABASE_URL);
    if (countsStatements) {
      await services(env, 'stop', ['postgres']);
      await services(env, 'up', ['postgres']);
    }
    return new BenchServers(env, countsStatements);
  }

  /** @returns undefined where it runs in a container, whose processes are not ours to see */
  async pid(name: Name): Promise<number | undefined> {
    const record = await readFile(join(FOLDER, name, 'instance.json'), 'utf8');
    const { processes } = JSON.parse(record) as { processes: { pid: number }[] };
    return processes.at(-1)?.pid;
  }

  /** Ends them and deletes their data. */
  async remove(): Promise<void> {
    await services(this.env, 'reset', NAMES);
  }
}

async function services(env: Readonly<Record<string, string>>, command: string, names: readonly Name[]): Promise<void> {
  await promisify(execFile)(process.execPath, [SERVICES, command, ...names], { env: { ...process.env, ...env } });
}

/** @returns whether it will be there after a restart; PostgreSQL does not start with a library that is not installed */
async function preloadStatementCounter(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const sql = `SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements'`;
    if ((await client.query(sql)).rowCount === 0) return false;
    await client.query(`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`);
    return true;
  } finally {
    await client.end();
  }
}
