import type { Lease } from './locks.js';

/** What work gets that runs without the lock: nothing can be lost, and the token says that there is no fence. */
export class UnlockedLease implements Lease {
  readonly token = 0n;
  readonly signal = new AbortController().signal;

  constructor(readonly keys: readonly string[]) {}

  remainingMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  assertValid(): void {
    // Nothing is held, so nothing can have been lost.
  }

  release(): Promise<'released'> {
    return Promise.resolve('released');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
