import type { Lease } from './locks.js';

/** The lease of work that runs without the lock. It is never lost; its token 0 is no fence. */
export class NoopLease implements Lease {
  readonly token = 0n;
  readonly signal = new AbortController().signal;

  constructor(readonly keys: readonly string[]) {}

  remainingMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  assertValid(): void {
    // Nothing is held, so nothing can be lost.
  }

  release(): Promise<'released'> {
    return Promise.resolve('released');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
