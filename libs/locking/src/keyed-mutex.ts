import type { WaitBudget } from './wait-budget.js';

interface Waiter {
  readonly key: string;
  resume: () => void;
}

const notWaiting = (): void => undefined;

/** First come, first served within this process: for each key one caller at a time may ask the lock service. */
export class KeyedMutex {
  /** The first waiter of a queue has the mutex of its key. */
  private readonly queues = new Map<string, Set<Waiter>>();

  /**
   * Locks the keys in the order given, and waits for each as long as the budget allows.
   *
   * @returns the function that unlocks all of them; a second call does nothing
   */
  async lock(keys: readonly string[], budget: WaitBudget): Promise<() => void> {
    const waiters: Waiter[] = [];
    const unlock = () => {
      for (const waiter of waiters.splice(0)) this.remove(waiter);
    };
    try {
      for (const key of keys) {
        const waiter: Waiter = { key, resume: notWaiting };
        const isFirst = this.add(waiter);
        waiters.push(waiter);
        if (!isFirst) await budget.wait((done) => waitAs(waiter, done));
      }
      return unlock;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  private add(waiter: Waiter): boolean {
    const queue = this.queues.get(waiter.key);
    if (queue === undefined) {
      this.queues.set(waiter.key, new Set([waiter]));
      return true;
    }
    queue.add(waiter);
    return false;
  }

  private remove(waiter: Waiter): void {
    const queue = this.queues.get(waiter.key);
    if (queue === undefined) return;
    const [head] = queue;
    queue.delete(waiter);
    if (queue.size === 0) this.queues.delete(waiter.key);
    if (head !== waiter) return;
    const [next] = queue;
    next?.resume();
  }
}

function waitAs(waiter: Waiter, done: () => void): () => void {
  waiter.resume = done;
  return () => {
    waiter.resume = notWaiting;
  };
}
