import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';

const STOPS_WITHIN_MS = 5_000;

/** A server of the test's own, in a folder of its own, to be killed, frozen and started again. */
export abstract class PrivateServer {
  protected child: ChildProcess | undefined;

  protected constructor(protected readonly home: string) {}

  /** Starts it, again on the same port; resolves when it answers. */
  abstract start(): Promise<void>;

  /** As if it had lost power. */
  async kill(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Connections stay open, and from now on nothing is answered. */
  freeze(): void {
    const pid = this.child?.pid;
    if (pid === undefined) return;
    this.child?.kill('SIGSTOP');
    // The signal takes effect some time after it was sent. Linux tells when.
    const deadline = performance.now() + STOPS_WITHIN_MS;
    while (existsSync('/proc') && stateOf(pid) !== 'T') {
      if (performance.now() > deadline) throw new Error(`Process ${pid} does not stop, its state is ${stateOf(pid)}.`);
    }
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.home, { recursive: true, force: true });
  }
}

/** One letter, see proc(5): `T` is stopped. */
function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).at(0);
}
