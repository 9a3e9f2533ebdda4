import { LockTimeout } from './lock.errors.js';

/** How long one caller goes on waiting. Its timer ends with it. */
export class Patience {
  private readonly timer: NodeJS.Timeout;
  private failure: Error | undefined;
  private waiting: ((failure: Error) => void) | undefined;

  constructor(
    private readonly keys: readonly string[],
    waitMs: number,
  ) {
    this.timer = setTimeout(() => this.lose(new LockTimeout(keys)), waitMs);
  }

  isFor(keys: readonly string[]): boolean {
    return this.keys.some((key) => keys.includes(key));
  }

  /** @throws the error with which the patience was lost */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /**
   * Waits until `start`'s callback is called, and rejects as soon as the patience is lost. One wait at a time.
   *
   * @param start begins to wait; what it returns ends that, whichever way it went
   */
  async until(start: (done: () => void) => () => void): Promise<void> {
    this.check();
    let stop: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.waiting = reject;
        stop = start(resolve);
      });
    } finally {
      this.waiting = undefined;
      stop?.();
    }
  }

  lose(reason: Error): void {
    clearTimeout(this.timer);
    this.failure ??= reason;
    this.waiting?.(this.failure);
  }

  /** The wait is over, whichever way. */
  end(): void {
    clearTimeout(this.timer);
  }
}
