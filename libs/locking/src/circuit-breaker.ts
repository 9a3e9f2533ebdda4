const FAILURES_IN_A_ROW_MAX = 5;
const WINDOW_SECONDS = 10;
/** With fewer calls than this the share of failures says too little. */
const CALLS_MIN = 10;
const PROBE_EVERY_MS = 500;

/** Counts the calls since the circuit breaker was last closed. */
class RecentCalls {
  private failuresInARow = 0;
  /** The last ten seconds, the latest last. */
  private seconds: { second: number; calls: number; failures: number }[] = [];

  add(failed: boolean): void {
    this.failuresInARow = failed ? this.failuresInARow + 1 : 0;
    const second = Math.floor(performance.now() / 1_000);
    let latest = this.seconds.at(-1);
    if (latest?.second !== second) {
      latest = { second, calls: 0, failures: 0 };
      this.seconds = [...this.seconds.filter((each) => each.second > second - WINDOW_SECONDS), latest];
    }
    latest.calls += 1;
    if (failed) latest.failures += 1;
  }

  get tooManyFailed(): boolean {
    const calls = this.seconds.reduce((sum, second) => sum + second.calls, 0);
    const failures = this.seconds.reduce((sum, second) => sum + second.failures, 0);
    return this.failuresInARow >= FAILURES_IN_A_ROW_MAX || (calls >= CALLS_MIN && failures * 2 > calls);
  }
}

export interface CircuitBreakerHooks {
  /** Rejects while the service is not usable. */
  probe(): Promise<void>;
  /** @param reason the last failure */
  opened(reason: unknown): void;
  closed(): void;
}

/**
 * Stops calling a service that does not answer. It opens after five failures in a row, or when more than half of at least ten calls failed
 * within ten seconds. While it is open, a probe runs about twice a second, so no caller has to be the first to try.
 */
export class CircuitBreaker {
  private recent = new RecentCalls();
  private probeTimer: NodeJS.Timeout | undefined;
  private open = false;
  private stopped = false;

  constructor(private readonly hooks: CircuitBreakerHooks) {}

  get isOpen(): boolean {
    return this.open;
  }

  succeeded(): void {
    this.recent.add(false);
  }

  failed(reason: unknown): void {
    this.recent.add(true);
    if (this.open || this.stopped || !this.recent.tooManyFailed) return;
    this.open = true;
    this.hooks.opened(reason);
    this.probeLater();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.probeTimer);
  }

  private probeLater(): void {
    if (this.stopped) return;
    const delayMs = PROBE_EVERY_MS * (0.75 + Math.random() / 2);
    this.probeTimer = setTimeout(() => void this.probe(), delayMs).unref();
  }

  private async probe(): Promise<void> {
    try {
      await this.hooks.probe();
    } catch {
      this.probeLater(); // Still down, as expected; its state was logged when it changed.
      return;
    }
    this.recent = new RecentCalls();
    this.open = false;
    this.hooks.closed();
  }
}
