/** Lends a fixed number of permits, first come, first served. */
export class Semaphore {
  private readonly waiters = new Set<() => void>();

  /** @param free permits that nobody has */
  constructor(private free: number) {}

  get waiting(): number {
    return this.waiters.size;
  }

  /**
   * Takes a permit. A free permit is granted whatever the signal says; the signal ends only a wait.
   *
   * @returns the function that gives the permit back; a second call does nothing
   * @throws the reason of the signal when it aborts first
   */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    if (this.free > 0) this.free -= 1;
    else await this.turn(signal);
    let isLent = true;
    return () => {
      if (isLent) this.giveBack();
      isLent = false;
    };
  }

  /** Does the work with a permit. @throws what the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const giveBack = await this.acquire();
    try {
      return await work();
    } finally {
      giveBack();
    }
  }

  private async turn(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.waiters.delete(admit);
        signal?.removeEventListener('abort', refuse);
      };
      const admit = () => {
        leave();
        resolve();
      };
      const refuse = () => {
        leave();
        reject(signal?.reason as Error);
      };
      this.waiters.add(admit);
      signal?.addEventListener('abort', refuse);
    });
  }

  private giveBack(): void {
    const [next] = this.waiters;
    if (next === undefined) this.free += 1;
    else next();
  }
}
