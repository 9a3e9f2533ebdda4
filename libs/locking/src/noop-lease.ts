import type { Lease } from './locks.js';

/** The lease of work that runs without the lock. It is never lost; its token 0 is no fence. */
export const noopLease = (keys: readonly string[]): Lease => ({
  keys,
  token: 0n,
  signal: new AbortController().signal,
  remainingMs: () => Number.POSITIVE_INFINITY,
  assertValid: () => undefined,
  release: async () => 'released',
  [Symbol.asyncDispose]: async () => undefined,
});
