const RETRY_MS = 250;

/**
 * Removes from a session what its process does not know as its own any more: places of callers that gave up, keys of grants that could not
 * be released, and whatever a request may have left whose answer was lost. Otherwise it would live as long as the session. Retried in
 * order until it is done or the session has ended.
 */
export class PendingCleanup {
  private readonly tasks = new Set<() => Promise<unknown>>();
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** Does the task now, after those before it, or later. Never rejects. */
  async add(task: () => Promise<unknown>): Promise<void> {
    if (this.stopped) return;
    this.tasks.add(task);
    try {
      while (this.tasks.has(task)) await this.run();
    } catch {
      this.runLater(); // The driver has logged it.
    }
  }

  /** Does all that is left. @throws the error of the first task that fails */
  run(): Promise<void> {
    this.running ??= this.runAll().finally(() => (this.running = undefined));
    return this.running;
  }

  /** The session has ended, or the process ends. */
  stop(): void {
    this.stopped = true;
    this.tasks.clear();
    clearTimeout(this.timer);
  }

  private async runAll(): Promise<void> {
    for (const task of this.tasks) {
      await task();
      this.tasks.delete(task);
    }
  }

  private runLater(): void {
    if (this.stopped) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.run().catch(() => this.runLater());
    }, RETRY_MS).unref();
  }
}
