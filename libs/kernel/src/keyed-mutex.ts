import { Semaphore } from './semaphore.js';

interface Entry {
  readonly mutex: Semaphore;
  /** Callers that have the mutex or wait for it. */
  users: number;
}

/** One caller at a time for each key, first come, first served. */
export class KeyedMutex {
  private readonly entries = new Map<string, Entry>();

  /** Whether anybody has the key or waits for it. */
  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** Does the work with the key locked. @throws what the work throws */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const unlock = await this.lock([key]);
    try {
      return await work();
    } finally {
      unlock();
    }
  }

  /**
   * Locks the keys in the order given: all, or none when the signal ends a wait.
   *
   * @returns the function that unlocks all of them; a second call does nothing
   * @throws the reason of the signal
   */
  async lock(keys: readonly string[], signal?: AbortSignal): Promise<() => void> {
    const unlocks: (() => void)[] = [];
    const unlock = () => {
      for (const each of unlocks.splice(0)) each();
    };
    try {
      for (const key of keys) unlocks.push(await this.lockOne(key, signal));
      return unlock;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  private async lockOne(key: string, signal?: AbortSignal): Promise<() => void> {
    const entry = this.entries.get(key) ?? { mutex: new Semaphore(1), users: 0 };
    this.entries.set(key, entry);
    entry.users += 1;
    const leave = () => {
      entry.users -= 1;
      if (entry.users === 0) this.entries.delete(key);
    };
    try {
      const release = await entry.mutex.acquire(signal);
      return () => {
        release();
        leave();
      };
    } catch (error) {
      leave();
      throw error;
    }
  }
}
