import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { projectRoot } from './project-root.js';

const READY_WITHIN_MS = 60_000;
const TRIES_MAX = 5;

export interface ServerSettings {
  readonly app: 'api' | 'worker';
  readonly env: Readonly<Record<string, string>>;
}

/** One of the built processes, on a port of its own, as an operator would run it. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private lines = '';
  private port = 0;

  private constructor(private readonly settings: ServerSettings) {}

  /** Resolves when the process reports itself ready. */
  static async start(settings: ServerSettings): Promise<ServerProcess> {
    const server = new ServerProcess(settings);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error(`The ${this.settings.app} process does not run.`);
    return this.child.pid;
  }

  /** What it wrote to its output since the first start. */
  get output(): string {
    return this.lines;
  }

  /** Starts it again after `kill`, on the same port where that is still free, with other settings where they are given. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      if (this.port === 0 || attempt > 1) this.port = await freePort();
      const before = this.lines.length;
      this.launch(env);
      if (await this.becomesReady()) return;
      // Somebody took the port first, or the machine was too busy to let it in.
      const unlucky = /is in use|did not let us in/.test(this.lines.slice(before));
      await this.kill('SIGKILL');
      if (!unlucky || attempt === TRIES_MAX) throw new Error(`The ${this.settings.app} did not start:\n${this.lines}`);
    }
  }

  /** Sends the signal and waits for the end. Returns the exit code, or the signal that ended it. */
  async kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    const child = this.child;
    if (child === undefined) return 0;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    this.child = undefined;
    return child.signalCode ?? child.exitCode ?? 0;
  }

  private launch(env: Readonly<Record<string, string>>): void {
    const main = new URL(`dist/apps/${this.settings.app}/src/main.js`, projectRoot).pathname;
    const port = String(this.port);
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      env: { ...process.env, ...this.settings.env, ...env, PORT: port, WORKER_PORT: port },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.lines += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.lines += text));
    this.child = child;
  }

  private async becomesReady(): Promise<boolean> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (performance.now() < deadline && this.child?.exitCode === null && this.child.signalCode === null) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined); // Not listening yet.
      await answer?.arrayBuffer();
      if (answer?.ok === true) return true;
      await setTimeout(100);
    }
    return false;
  }
}
