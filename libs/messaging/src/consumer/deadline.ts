/** The handler did not finish within its limit; what it wrote is rolled back. */
export class HandlerTimeout extends Error {
  constructor(limitMs: number) {
    super(`The handler did not finish within ${limitMs} ms.`);
    this.name = 'HandlerTimeout';
  }
}

/** A signal that aborts after `limitMs` with HandlerTimeout, or as soon as `stop` aborts with its reason. Dispose of it in any case. */
export class Deadline implements Disposable {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly onStop = () => this.controller.abort(this.stop.reason);

  constructor(
    limitMs: number,
    private readonly stop: AbortSignal,
  ) {
    this.timer = setTimeout(() => this.controller.abort(new HandlerTimeout(limitMs)), limitMs);
    if (stop.aborted) this.onStop();
    stop.addEventListener('abort', this.onStop);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** @throws the reason of the signal when it aborts before `work` ends. */
  async bound<T>(work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    const over = new Promise<never>((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason as Error), { once: true });
    });
    return Promise.race([work(), over]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    this.stop.removeEventListener('abort', this.onStop);
  }
}
