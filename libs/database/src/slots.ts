import { Semaphore } from '#kernel';
import { DatabaseBusy, DatabaseUnavailable } from './database.errors.js';

/** More than this at once is refused right away: by the time their turn came, nobody would wait for them. */
const WAITING_MAX = 5_000;

/**
 * Lends a fixed number of slots, first come, first served. A burst waits here instead of in the connection pool, where waiting for a
 * turn cannot be distinguished from waiting for a server that is gone.
 */
export class Slots {
  private readonly semaphore: Semaphore;
  private readonly waits = new Set<AbortController>();

  constructor(
    size: number,
    private readonly waitLimitMs: number,
  ) {
    this.semaphore = new Semaphore(size);
  }

  /** @throws {DatabaseBusy} when the turn does not come in time, or too many wait already. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    const giveBack = await this.take();
    try {
      return await work();
    } finally {
      giveBack();
    }
  }

  /** The server is gone: everybody who waits now is refused, instead of finding it out one after the other. */
  refuseWaiting(cause: unknown): void {
    for (const wait of this.waits) wait.abort(new DatabaseUnavailable(cause));
  }

  private async take(): Promise<() => void> {
    if (this.semaphore.waiting >= WAITING_MAX) throw new DatabaseBusy('too many requests wait for a connection');
    const wait = new AbortController();
    const timer = setTimeout(() => wait.abort(new DatabaseBusy('no connection became free in time')), this.waitLimitMs);
    this.waits.add(wait);
    try {
      return await this.semaphore.acquire(wait.signal);
    } finally {
      this.waits.delete(wait);
      clearTimeout(timer);
    }
  }
}
