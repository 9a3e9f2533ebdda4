import { DatabaseBusy, DatabaseUnavailable } from './database.errors.js';

interface Waiter {
  admit(): void;
  refuse(error: Error): void;
}

/** More than this at once is refused right away: by the time their turn came, nobody would wait for them. */
const WAITING_MAX = 5_000;

/**
 * Lends a fixed number of slots, first come, first served. A burst waits here instead of in the connection pool, where waiting for a
 * turn cannot be told from waiting for a server that is gone.
 */
export class Slots {
  private readonly waiting = new Set<Waiter>();
  private free: number;

  constructor(
    size: number,
    private readonly waitLimitMs: number,
  ) {
    this.free = size;
  }

  /** @throws {DatabaseBusy} when the turn does not come in time, or too many wait already. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    await this.take();
    try {
      return await work();
    } finally {
      this.giveBack();
    }
  }

  /** The server is gone: everybody who waits now is told so, instead of finding it out one after the other. */
  refuseWaiting(cause: unknown): void {
    for (const waiter of this.waiting) waiter.refuse(new DatabaseUnavailable(cause));
  }

  private take(): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    if (this.waiting.size >= WAITING_MAX)
      return Promise.reject(new DatabaseBusy('too many requests wait for a connection'));
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        this.waiting.delete(waiter);
      };
      const waiter: Waiter = {
        admit: () => {
          leave();
          resolve();
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const timer = setTimeout(
        () => waiter.refuse(new DatabaseBusy('no connection became free in time')),
        this.waitLimitMs,
      );
      this.waiting.add(waiter);
    });
  }

  private giveBack(): void {
    const [next] = this.waiting;
    if (next === undefined) this.free += 1;
    else next.admit();
  }
}
