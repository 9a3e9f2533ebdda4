/** Work on one key runs one after another, in the order of its arrival; work on different keys runs at once. */
export class KeyedQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Whether work on this key has not ended. */
  has(key: string): boolean {
    return this.tails.has(key);
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const ahead = this.tails.get(key);
    const mine = ahead ? ahead.then(work, work) : work();
    this.tails.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.tails.get(key) === mine) this.tails.delete(key);
    }
  }
}
