import { LockTimeout } from './lock.errors.js';

/** How long one caller goes on waiting. Its timer ends with it. */
export class Patience {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly keys: readonly string[],
    waitMs: number,
  ) {
    this.timer = setTimeout(() => this.lose(new LockTimeout(keys)), waitMs);
  }

  /** Aborted with the error that the caller gets. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  isFor(keys: readonly string[]): boolean {
    return this.keys.some((key) => keys.includes(key));
  }

  lose(reason: Error): void {
    clearTimeout(this.timer);
    this.controller.abort(reason);
  }

  /** The wait is over, whichever way. */
  end(): void {
    clearTimeout(this.timer);
  }
}
