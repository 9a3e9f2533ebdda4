import { Etcd3 } from 'etcd3';
import { EtcdServer } from '../../support/etcd-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { PREFIX, type Backend, type Settings } from './backend.js';

export class EtcdBackend implements Backend {
  readonly name = 'etcd';
  readonly freesLateMs = 3_000;

  private constructor(
    private readonly server: EtcdServer,
    private readonly proxy: TcpProxy,
    private readonly client: Etcd3,
  ) {}

  static async start(): Promise<EtcdBackend> {
    const server = await EtcdServer.start();
    return new EtcdBackend(server, await TcpProxy.to(server.url), new Etcd3({ hosts: server.url }));
  }

  get env(): Settings {
    return settings(this.server);
  }

  get distantEnv(): Settings {
    return settings(this.proxy);
  }

  async remove(key: string): Promise<void> {
    await this.client.delete().key(`${PREFIX}lock/${encodeURIComponent(key)}`);
  }

  async left(): Promise<readonly string[]> {
    const names = await this.client.getAll().prefix(PREFIX).keys();
    return names.filter((name) => !name.startsWith(`${PREFIX}session/`)); // They end with the process.
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
    this.client.close();
    await this.proxy.stop();
    await this.server.stop();
  }
}

const settings = ({ url }: { readonly url: string }): Settings => ({
  LOCK_DRIVER: 'etcd',
  ETCD_URLS: url,
  REDIS_KEY_PREFIX: PREFIX,
});
