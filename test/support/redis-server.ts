import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { PrivateServer } from './private-server.js';

const ANSWER_LIMIT_MS = 1_000;
const PROGRAMS = ['redis-server', 'valkey-server'];

/** A Redis server of the test's own, to be killed, frozen and started again. It keeps nothing on disk. */
export class RedisServer extends PrivateServer {
  private constructor(
    private readonly port: number,
    home: string,
  ) {
    super(home);
  }

  /** Resolves when it answers. */
  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), 'holdfast-redis-')));
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again, empty, on the same port. */
  override async start(): Promise<void> {
    for (const program of PROGRAMS) {
      if (await this.launch(program)) {
        await eventually(() => this.ping());
        return;
      }
    }
    throw new Error(`Neither ${PROGRAMS.join(' nor ')} could be started. Install Redis 7.`);
  }

  private async launch(program: string): Promise<boolean> {
    const settings = { bind: '127.0.0.1', port: this.port, dir: this.home, save: '', appendonly: 'no' };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(program, args, { env: process.env, stdio: 'ignore' });
    this.child = child;
    // Not with `once`: waiting for 'spawn', it would throw the error of a program that is not installed.
    return new Promise((resolve) => child.once('spawn', () => resolve(true)).once('error', () => resolve(false)));
  }

  private async ping(): Promise<void> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.write('PING\r\n');
      const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) })) as [Buffer];
      if (!answer.toString().startsWith('+PONG')) throw new Error(`Redis says ${answer.toString()}`);
    } finally {
      socket.destroy();
    }
  }
}
