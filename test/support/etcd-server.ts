import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { PrivateServer } from './private-server.js';

const PROGRAM = 'etcd';

/** An etcd server of the test's own, to be killed, frozen and started again with the data that it had. */
export class EtcdServer extends PrivateServer {
  private constructor(
    private readonly ports: { readonly client: number; readonly peer: number },
    home: string,
  ) {
    super(home);
  }

  /** Resolves when it answers. */
  static async start(): Promise<EtcdServer> {
    const home = await mkdtemp(join(tmpdir(), 'holdfast-etcd-'));
    const server = new EtcdServer({ client: await freePort(), peer: await freePort() }, home);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.client}`;
  }

  /** Starts it again on the same port. */
  override async start(): Promise<void> {
    const peer = `http://127.0.0.1:${this.ports.peer}`;
    const settings = {
      name: 'test',
      'data-dir': join(this.home, 'data'),
      'listen-client-urls': this.url,
      'advertise-client-urls': this.url,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `test=${peer}`,
    };
    const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    this.child = spawn(PROGRAM, args, { stdio: 'ignore' });
    await once(this.child, 'spawn');
    await eventually(async () => {
      const answer = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(1_000) });
      if (!answer.ok) throw new Error(`etcd says ${answer.status}`);
    });
  }
}
