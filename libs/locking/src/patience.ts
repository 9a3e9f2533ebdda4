import { LockTimeout } from './lock.errors.js';

/** How long one caller goes on waiting. It has a timer only while it waits. */
export class Patience {
  private readonly until: number;
  private failure: Error | undefined;
  private waiting: ((failure: Error) => void) | undefined;

  constructor(
    private readonly keys: readonly string[],
    waitMs: number,
  ) {
    this.until = performance.now() + waitMs;
  }

  isFor(keys: readonly string[]): boolean {
    return this.keys.some((key) => keys.includes(key));
  }

  /** @throws the error with which the patience was lost */
  check(): void {
    if (performance.now() >= this.until) this.lose(new LockTimeout(this.keys));
    if (this.failure !== undefined) throw this.failure;
  }

  /**
   * Waits until `start`'s callback is called, and rejects as soon as the patience is lost. One wait at a time.
   *
   * @param start begins to wait; what it returns ends that, whichever way it went
   */
  async wait(start: (done: () => void) => () => void): Promise<void> {
    this.check();
    const timer = setTimeout(() => this.lose(new LockTimeout(this.keys)), this.until - performance.now());
    let stop: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.waiting = reject;
        stop = start(resolve);
      });
    } finally {
      clearTimeout(timer);
      this.waiting = undefined;
      stop?.();
    }
  }

  lose(reason: Error): void {
    this.failure ??= reason;
    this.waiting?.(this.failure);
  }
}
