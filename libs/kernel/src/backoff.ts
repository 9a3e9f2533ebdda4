import { setTimeout } from 'node:timers/promises';

/** Waits; an aborted signal ends the wait at once by rejecting with its reason. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}

/** Exponential delay with full jitter, in milliseconds: attempt 1 waits up to `baseMs`, each next one up to twice as long. */
export function backoffMs(attempt: number, baseMs: number, maxMs: number): number {
  return Math.random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1));
}
