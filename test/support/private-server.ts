import { execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';

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

  /** Connections stay open, and from now on nothing is answered. A signal takes effect some time after it was sent, so this looks. */
  freeze(): void {
    const child = this.child;
    if (child?.pid === undefined) return;
    child.kill('SIGSTOP');
    const state = ['-o', 'state=', '-p', String(child.pid)];
    while (!execFileSync('ps', state, { encoding: 'utf8' }).trim().startsWith('T'));
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
