import { randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import { ApiClient } from './api-client.js';
import { BUSY_MACHINE } from './busy-machine.js';
import { brokerNamespace, type BrokerNamespace } from './broker-namespace.js';
import { runCli } from './run-cli.js';
import { ServerProcess } from './server-process.js';
import { Servers } from './servers.js';
import { createShopDatabase, type ShopDatabase } from './shop-database.js';

export interface ShopOptions {
  readonly apis?: number;
  readonly workers?: number;
  /** Settings on top of those of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether its servers can be taken from it, or from its workers only (`shop.servers`), without touching those of everybody else. */
  readonly proxied?: boolean | 'workers';
}

interface Parts {
  readonly apis: readonly ServerProcess[];
  readonly workers: readonly ServerProcess[];
  readonly adminKey: string;
  readonly database: ShopDatabase;
  readonly namespace: BrokerNamespace;
  readonly servers: Servers | undefined;
}

/** A whole shop of built processes: its own database, names on the broker and lock keys, on the servers that everybody shares. */
export class Shop {
  readonly apis: readonly ServerProcess[];
  readonly workers: readonly ServerProcess[];
  /** A look behind the scenes, past every process. */
  readonly db: Pool;

  private constructor(private readonly parts: Parts) {
    this.apis = parts.apis;
    this.workers = parts.workers;
    this.db = new Pool({ connectionString: parts.database.url, max: 2 });
  }

  static async start({ apis = 1, workers = 1, env = {}, proxied = false }: ShopOptions = {}): Promise<Shop> {
    const database = await createShopDatabase();
    const namespace = brokerNamespace(env);
    const adminKey = `hf_${randomBytes(24).toString('base64url')}`;
    const settings = { ...ownSettings(database, namespace), ADMIN_API_KEY: adminKey, ...env };
    const servers = proxied === false ? undefined : await Servers.before(settings);
    const proxiedSettings = { ...settings, ...servers?.env };
    try {
      const [api, worker] = await Promise.all([
        startAll('api', apis, proxied === 'workers' ? settings : proxiedSettings),
        startAll('worker', workers, proxiedSettings),
      ]);
      return new Shop({ apis: api, workers: worker, adminKey, database, namespace, servers });
    } catch (error) {
      await removeTraces({ database, namespace, servers });
      throw error;
    }
  }

  /** A caller without credentials, at the n-th api process. */
  api(index = 0): ApiClient {
    return new ApiClient(this.apis[index % this.apis.length]!.url);
  }

  /** A staff member or a machine that may do this much. */
  async withScopes(scopes: readonly string[]): Promise<ApiClient> {
    const printed = await this.cli('keys', 'create', '--label', 'test', '--scopes', scopes.join(','));
    return this.api().as({ authorization: `Bearer ${/hf_\S+/.exec(printed)?.[0]}` });
  }

  /** The merchant, with all scopes. */
  get staff(): ApiClient {
    return this.api().as({ authorization: `Bearer ${this.parts.adminKey}` });
  }

  /** Runs an operator's command. Returns what it printed; rejects with its `code` and `stderr` when it failed. */
  cli(...args: string[]): Promise<string> {
    return runCli(args, { DATABASE_URL: this.parts.database.url });
  }

  /** What stands between a proxied shop and its servers. */
  get servers(): Servers {
    if (this.parts.servers === undefined) throw new Error('Start the shop with `proxied: true`.');
    return this.parts.servers;
  }

  /** Prefix of its exchanges and queues. */
  get namespace(): string {
    return this.parts.namespace.name;
  }

  get databaseUrl(): string {
    return this.parts.database.url;
  }

  get adminKey(): string {
    return this.parts.adminKey;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.apis, ...this.workers].map((server) => server.kill('SIGTERM')));
    // Dropping the database may end a connection before it has closed itself.
    this.db.on('error', () => undefined);
    await this.db.end();
    await removeTraces(this.parts);
  }
}

function ownSettings(database: ShopDatabase, namespace: BrokerNamespace): Record<string, string> {
  return {
    NODE_ENV: 'test',
    ...BUSY_MACHINE,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
    DATABASE_URL: database.url,
    REDIS_KEY_PREFIX: `${namespace.env['RABBITMQ_NAMESPACE']}:`,
    ...namespace.env,
  };
}

async function startAll(app: 'api' | 'worker', count: number, env: Record<string, string>): Promise<ServerProcess[]> {
  return Promise.all(Array.from({ length: count }, () => ServerProcess.start({ app, env })));
}

async function removeTraces(left: Pick<Parts, 'database' | 'namespace' | 'servers'>): Promise<void> {
  await left.servers?.stop();
  await left.database.drop();
  await left.namespace.remove();
}
