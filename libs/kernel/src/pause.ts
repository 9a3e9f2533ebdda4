import { sleep } from './backoff.js';

/** Waits. An aborted signal ends the wait early, without an error. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** Waits for `work`, but not longer than `ms`. Returns whether it was done by then. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const limit = new AbortController();
  try {
    return await Promise.race([work.then(() => true), pause(ms, limit.signal).then(() => false)]);
  } finally {
    limit.abort();
  }
}
