import { LockTimeout } from './lock.errors.js';

/** The time that one caller may spend waiting. A timer runs only during a wait. */
export class WaitBudget {
  private readonly endsAt: number;
  private failure: Error | undefined;
  private rejectWait: ((failure: Error) => void) | undefined;

  constructor(
    private readonly keys: readonly string[],
    waitMs: number,
  ) {
    this.endsAt = performance.now() + waitMs;
  }

  /** Whether the caller waits for one of these keys. */
  covers(keys: readonly string[]): boolean {
    return this.keys.some((key) => keys.includes(key));
  }

  /** @throws {LockTimeout} when the time is used up, or the error given to `cancel` */
  check(): void {
    if (performance.now() >= this.endsAt) this.cancel(new LockTimeout(this.keys));
    if (this.failure !== undefined) throw this.failure;
  }

  /**
   * Waits until `start`'s callback is called. Rejects as soon as the budget is used up or cancelled. One wait at a time.
   *
   * @param start begins the wait and returns a function that ends it; that function is always called
   */
  async wait(start: (done: () => void) => () => void): Promise<void> {
    this.check();
    const timer = setTimeout(() => this.cancel(new LockTimeout(this.keys)), this.endsAt - performance.now());
    let stop: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.rejectWait = reject;
        stop = start(resolve);
      });
    } finally {
      clearTimeout(timer);
      this.rejectWait = undefined;
      stop?.();
    }
  }

  /** Ends the current wait and all later ones with this error. The first call wins. */
  cancel(reason: Error): void {
    this.failure ??= reason;
    this.rejectWait?.(this.failure);
  }
}
