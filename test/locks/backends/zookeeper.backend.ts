import { once } from 'node:events';
import ZooKeeper, { type Client } from 'node-zookeeper-client';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { ZooKeeperServer } from '../../support/zookeeper-server.js';
import { PREFIX, type Backend, type Settings } from './backend.js';

const HOME = `/${encodeURIComponent(PREFIX)}`;

export class ZooKeeperBackend implements Backend {
  readonly name = 'zookeeper';
  readonly freesLateMs = 4_000;

  private constructor(
    private readonly server: ZooKeeperServer,
    private readonly proxy: TcpProxy,
  ) {}

  static async start(): Promise<ZooKeeperBackend> {
    const server = await ZooKeeperServer.start();
    return new ZooKeeperBackend(server, await TcpProxy.to(`http://${server.address}`));
  }

  get env(): Settings {
    return settings(this.server.address);
  }

  get distantEnv(): Settings {
    return settings(new URL(this.proxy.url).host);
  }

  async remove(key: string): Promise<void> {
    const path = `${HOME}/lock/${encodeURIComponent(key)}`;
    await this.lookInto(
      (client) =>
        new Promise<void>((resolve, reject) => {
          client.remove(path, (error) => (error ? reject(error) : resolve()));
        }),
    );
  }

  left(): Promise<readonly string[]> {
    return this.lookInto(async (client) => {
      return [...(await children(client, `${HOME}/lock`)), ...(await children(client, `${HOME}/wait`))];
    });
  }

  delay(ms: number): void {
    this.proxy.delay(ms);
  }

  freeze(): void {
    this.server.freeze();
  }

  thaw(): void {
    this.server.thaw();
  }

  kill(): Promise<void> {
    return this.server.kill();
  }

  start(): Promise<void> {
    return this.server.start();
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.server.stop();
  }

  /** With a session of its own, since those of before may have ended with a server. */
  private async lookInto<T>(look: (client: Client) => Promise<T>): Promise<T> {
    const client = ZooKeeper.createClient(this.server.address);
    const connected = once(client, 'connected');
    client.connect();
    await connected;
    try {
      return await look(client);
    } finally {
      client.close();
    }
  }
}

const children = (client: Client, path: string): Promise<string[]> =>
  new Promise((resolve, reject) => {
    client.getChildren(path, (error, names) => {
      if (error === null) resolve(names);
      else if ('name' in error && error.name === 'NO_NODE') resolve([]);
      else reject(error);
    });
  });

const settings = (address: string): Settings => ({
  LOCK_DRIVER: 'zookeeper',
  ZOOKEEPER_URLS: address,
  REDIS_KEY_PREFIX: PREFIX,
});
