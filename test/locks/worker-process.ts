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
  private ended: Error | undefined;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message: Message) => {
      if (message.failure !== undefined) this.fail(new Error(message.failure));
      if (message.ready === true) this.messages.emit('ready');
      if (message.paused === true) this.messages.emit('paused');
      if ('result' in message) this.messages.emit('result', message.result);
    });
    child.on('error', (error) => this.fail(error));
    child.on('exit', (code, signal) => {
      this.ended = new Error(`The process ended with ${signal ?? code}.`);
      this.fail(this.ended);
    });
  }

  static async start(env: Readonly<Record<string, string>>): Promise<WorkerProcess> {
    const execArgv = [...process.execArgv, '--expose-gc'];
    const child = fork(PROGRAM, { env: { ...process.env, ...env }, execArgv, serialization: 'advanced' });
    const worker = new WorkerProcess(child);
    await worker.next('ready');
    return worker;
  }

  /** One at a time. Rejects with the task's own error, or when the process ends. */
  perform<Name extends keyof Tasks>(
    task: Name,
    args: Parameters<Tasks[Name]>[0],
  ): Promise<Awaited<ReturnType<Tasks[Name]>>> {
    return this.next('result', { task, args });
  }

  /** Resolves when the task has come to its pause. */
  pauses(): Promise<void> {
    return this.next('paused');
  }

  goOn(): void {
    this.send({ goOn: true });
  }

  /** @param ms from the true time, for its wall clock */
  stepClock(ms: number): void {
    this.send({ stepMs: ms });
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

  private next<T>(event: 'ready' | 'paused' | 'result', order?: object): Promise<T> {
    const message = this.ended === undefined ? once(this.messages, event) : Promise.reject(this.ended);
    if (order !== undefined) this.send(order);
    const value = message.then(([first]) => first as T);
    value.catch(() => undefined); // Who asked may look at it later.
    return value;
  }

  private send(order: object): void {
    if (this.child.connected) this.child.send(order);
  }

  /** Nobody waits for a process that is killed on purpose. */
  private fail(error: Error): void {
    if (this.messages.listenerCount('error') > 0) this.messages.emit('error', error);
  }
}
