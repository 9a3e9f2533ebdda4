import { setTimeout as pause } from 'node:timers/promises';
import { LockBackendUnavailable, type Lease, type LockOptions, type Locks } from '#locking';

const AGAIN_MS = 50;

/** Tells the parent process that the task has come to its pause, and waits for its word. */
export type Paused = () => Promise<void>;

/** The monotonic clock that all processes of a machine share, in ms. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export const patient = (ttlMs: number): LockOptions => ({ ttlMs, waitMs: 60_000, onUnavailable: 'fail-closed' });

/** Locks for callers who ask again when the service did not answer in time, as it may happen on a busy machine; counts how often. */
export class Insistence {
  refused = 0;

  constructor(private readonly locks: Locks) {}

  async using(keys: string | readonly string[], ttlMs: number, work: (lease: Lease) => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await this.locks.using(keys, patient(ttlMs), work);
      } catch (error) {
        if (!(error instanceof LockBackendUnavailable)) throw error;
        this.refused += 1;
        await pause(AGAIN_MS);
      }
    }
  }
}
