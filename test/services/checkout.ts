import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { freePort } from '../support/free-port.js';
import { projectRoot } from '../support/project-root.js';

const SERVER_SETTINGS = new Set([
  'DATABASE_URL',
  'REDIS_URLS',
  'RABBITMQ_URLS',
  'ETCD_URLS',
  'ZOOKEEPER_URLS',
  'SERVICES_DIR',
]);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with nothing but the scripts and their dependencies in it, and with ports that nobody else uses. */
export class Checkout {
  private constructor(
    readonly root: string,
    readonly ports: { readonly postgres: number; readonly redis: number; readonly rabbitmq: number },
  ) {}

  static async create(): Promise<Checkout> {
    const root = await mkdtemp(path.join(tmpdir(), 'holdfast-checkout-'));
    const source = fileURLToPath(projectRoot);
    await cp(path.join(source, 'docker'), path.join(root, 'docker'), { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) await cp(path.join(source, name), path.join(root, name));
    await symlink(path.join(source, 'node_modules'), path.join(root, 'node_modules'));
    const checkout = new Checkout(root, {
      postgres: await freePort(),
      redis: await freePort(),
      rabbitmq: await freePort(),
    });
    await checkout.writeSettings('.env.example', {
      DATABASE_URL: `postgres://shop:p%40ss@127.0.0.1:${checkout.ports.postgres}/shop-1`,
      REDIS_URLS: checkout.redisUrl(),
      RABBITMQ_URLS: `amqp://shop:p%40ss@127.0.0.1:${checkout.ports.rabbitmq}/shop`,
      ETCD_URLS: `http://127.0.0.1:${await freePort()}`,
      ZOOKEEPER_URLS: `127.0.0.1:${await freePort()}`,
    });
    return checkout;
  }

  redisUrl(port = this.ports.redis): string {
    return `redis://127.0.0.1:${port}`;
  }

  /** What our own PostgreSQL says of the way it logs. */
  async logSettings(): Promise<Record<string, string>> {
    const { postgres } = this.ports;
    const client = new Client({
      host: '127.0.0.1',
      port: postgres,
      user: 'shop',
      password: 'p@ss',
      database: 'shop-1',
    });
    await client.connect();
    const names = [
      'logging_collector',
      'log_rotation_age',
      'log_truncate_on_rotation',
      'log_min_error_statement',
      'log_error_verbosity',
    ];
    const shown: Record<string, string> = {};
    for (const name of names)
      Object.assign(shown, (await client.query<Record<string, string>>(`SHOW ${name}`)).rows[0]);
    await client.end();
    return shown;
  }

  async writeSettings(file: '.env' | '.env.example', settings: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries(settings).map(([name, value]) => `# why\n${name}=${value}\n`);
    await writeFile(path.join(this.root, file), lines.join(''));
  }

  /** `npm run services -- …` in this checkout. */
  async services(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return outcomeOf(runScript(path.join(this.root, 'docker', 'services.mjs'), { args, env }));
  }

  /** As `npm start` and `npm test` do: brings Redis up for as long as commands run. The last one to leave needs no server. */
  async borrowRedis(): Promise<Outcome> {
    const script = path.join(this.root, 'borrow.mjs');
    const lines = [
      "import { Servers } from './docker/services/servers.mjs';",
      "import { Settings } from './docker/services/settings.mjs';",
      'const settings = new Settings(import.meta.dirname);',
      'const servers = new Servers(settings);',
      "await servers.up(['redis'], new AbortController().signal);",
      'await servers.release();',
    ];
    await writeFile(script, lines.join('\n'));
    return outcomeOf(runScript(script, {}));
  }

  /** The pids of all processes that the scripts have on record for a server, the server itself last. */
  async pids(id: string): Promise<number[]> {
    const record = await readFile(path.join(this.root, '.services', id, 'instance.json'), 'utf8');
    const { processes } = JSON.parse(record) as { processes: { pid: number }[] };
    return processes.map(({ pid }) => pid);
  }

  /** A path in the folder that belongs to a server. */
  async home(id: string, ...rest: string[]): Promise<string> {
    const record = await readFile(path.join(this.root, '.services', id, 'instance.json'), 'utf8');
    const { home } = JSON.parse(record) as { home: string };
    return path.join(home, ...rest);
  }

  async remove(): Promise<void> {
    await this.services(['reset']);
    await rm(this.root, { recursive: true });
  }
}

/** Runs a script without what `npm test` tells its own processes about servers. */
export function runScript(
  file: string,
  { args = [], env = {} }: { args?: readonly string[]; env?: Readonly<Record<string, string>> },
): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !SERVER_SETTINGS.has(name) && !name.startsWith('npm_'),
  );
  return spawn(process.execPath, [file, ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { code, ...written };
}

/** Whether there is such a process; one that has ended and only waits to be collected does not count. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const { stdout } = await outcomeOf(spawn('ps', ['-o', 'stat=', '-p', String(pid)]));
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}
