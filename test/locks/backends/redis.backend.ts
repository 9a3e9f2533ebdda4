import { Redis } from 'ioredis';
import { RedisServer } from '../../support/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { PREFIX, type Backend, type Settings } from './backend.js';

/** Servers that a majority can do without. */
const SPARE = 1;

/** One Redis, or several of which a majority decides. */
export class RedisBackend implements Backend {
  readonly freesLateMs = 0;

  private constructor(
    readonly name: string,
    readonly servers: readonly RedisServer[],
    private readonly proxies: readonly TcpProxy[],
    private readonly clients: readonly Redis[],
  ) {}

  static async start(name: string, count: number): Promise<RedisBackend> {
    const servers = await Promise.all(Array.from({ length: count }, () => RedisServer.start()));
    const proxies = await Promise.all(servers.map((server) => TcpProxy.to(server.url)));
    const clients = servers.map((server) => new Redis(server.url, { maxRetriesPerRequest: null }));
    for (const client of clients) client.on('error', () => undefined); // Scenarios kill servers.
    return new RedisBackend(name, servers, proxies, clients);
  }

  get env(): Settings {
    return settings(this.servers);
  }

  get distantEnv(): Settings {
    return settings(this.proxies);
  }

  async remove(key: string): Promise<void> {
    await Promise.all(this.clients.map((client) => client.del(lockOf(key))));
  }

  /** Gives a lock to nobody of ours, on one server. */
  async occupy(server: number, key: string, forMs: number): Promise<void> {
    await this.clients[server]?.set(lockOf(key), 'somebody else', 'PX', forMs);
  }

  async left(): Promise<readonly string[]> {
    return (await Promise.all(this.servers.map((_, server) => this.leftOn(server)))).flat();
  }

  async leftOn(server: number): Promise<readonly string[]> {
    const names = (await this.clients[server]?.keys(`${PREFIX}*`)) ?? [];
    return names.filter((name) => /:(lock|waiting|next):/.test(name.slice(PREFIX.length - 1)));
  }

  /** How many keys of each kind there are on the first server: `fence 1, lock 3`. */
  async census(): Promise<string> {
    const names = (await this.clients[0]?.keys('*')) ?? [];
    const counts = new Map<string, number>();
    for (const name of names) {
      const [kind = ''] = name.slice(PREFIX.length).split(':');
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ');
  }

  delay(ms: number): void {
    for (const proxy of this.proxies) proxy.delay(ms);
  }

  freeze(): void {
    for (const server of this.mostOf()) server.freeze();
  }

  thaw(): void {
    for (const server of this.mostOf()) server.thaw();
  }

  async kill(): Promise<void> {
    await Promise.all(this.mostOf().map((server) => server.kill()));
  }

  async start(): Promise<void> {
    await Promise.all(this.mostOf().map((server) => server.start()));
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.disconnect();
    await Promise.all([...this.proxies, ...this.servers].map((part) => part.stop()));
  }

  /** So many that what is left is no majority. */
  private mostOf(): readonly RedisServer[] {
    return this.servers.length === 1 ? this.servers : this.servers.slice(SPARE);
  }
}

const lockOf = (key: string): string => `${PREFIX}lock:${key}`;

const settings = (places: readonly { readonly url: string }[]): Settings => ({
  LOCK_DRIVER: 'redis',
  REDIS_URLS: places.map(({ url }) => url).join(','),
  REDIS_KEY_PREFIX: PREFIX,
});
