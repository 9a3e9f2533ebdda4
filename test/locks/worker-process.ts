import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Tasks } from './tasks/tasks.js';

interface Message {
  readonly ready?: boolean;
  readonly paused?: boolean;
  readonly result?: unknown;
  readonly failure?: string;
}

const PROGRAM = fileURLToPath(new URL('worker.ts', import.meta.url));

/** The handle of one worker.ts. */
export class WorkerProcess {
  private readonly messages = new EventEmitter();

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message: Message) => {
      if (message.failure !== undefined) this.messages.emit('error', new Error(message.failure));
      if (message.ready === true) this.messages.emit('ready');
      if (message.paused === true) this.messages.emit('paused');
      if ('result' in message) this.messages.emit('result', message.result);
    });
    child.on('exit', (code) => {
      if (code !== 0 && code !== null) this.messages.emit('error', new Error(`The process ended with ${code}.`));
    });
  }

  static async start(env: Readonly<Record<string, string>>): Promise<WorkerProcess> {
    const execArgv = [...process.execArgv, '--expose-gc'];
    const child = fork(PROGRAM, { env: { ...process.env, ...env }, execArgv, serialization: 'advanced' });
    const worker = new WorkerProcess(child);
    await once(worker.messages, 'ready');
    return worker;
  }

  /** One at a time. Rejects with the task's own error, or when the process ends by an error. */
  async perform<Name extends keyof Tasks>(
    task: Name,
    args: Parameters<Tasks[Name]>[0],
  ): Promise<Awaited<ReturnType<Tasks[Name]>>> {
    const answer = once(this.messages, 'result');
    this.child.send({ task, args });
    const [result] = await answer;
    return result;
  }

  /** Resolves when the task has come to its pause. */
  async pauses(): Promise<void> {
    await once(this.messages, 'paused');
  }

  goOn(): void {
    this.child.send({ goOn: true });
  }

  /** @param ms from the true time, for its wall clock */
  stepClock(ms: number): void {
    this.child.send({ stepMs: ms });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.child.kill(name);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    if (this.child.connected) this.child.disconnect();
    const limit = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await exit;
    clearTimeout(limit);
  }
}
