import { loadConfig } from '#config';
import { TcpProxy } from './tcp-proxy.js';

/** The servers of one shop, each behind a proxy of its own, so that they can be taken away and given back. */
export class Servers {
  private constructor(
    readonly postgresql: TcpProxy,
    readonly redis: TcpProxy,
    readonly rabbitmq: TcpProxy,
  ) {}

  /** @param env the shop's settings */
  static async before(env: Readonly<Record<string, string>>): Promise<Servers> {
    const { DATABASE_URL, REDIS_URLS, RABBITMQ_URLS } = loadConfig({ ...process.env, ...env });
    const urls = [DATABASE_URL, REDIS_URLS[0]!, RABBITMQ_URLS[0]!] as const;
    const [postgresql, redis, rabbitmq] = await Promise.all(urls.map((url) => TcpProxy.to(url)));
    return new Servers(postgresql!, redis!, rabbitmq!);
  }

  get env(): Record<string, string> {
    return { DATABASE_URL: this.postgresql.url, REDIS_URLS: this.redis.url, RABBITMQ_URLS: this.rabbitmq.url };
  }

  async stop(): Promise<void> {
    await Promise.all([this.postgresql, this.redis, this.rabbitmq].map((proxy) => proxy.stop()));
  }
}
