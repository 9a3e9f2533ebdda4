const FAILURES_IN_A_ROW_MAX = 5;
const WINDOW_SECONDS = 10;
/** With fewer calls than this the share of failures says too little. */
const CALLS_MIN = 10;
const PROBE_EVERY_MS = 500;

/** Calls of the last ten seconds, by the second. */
class RecentCalls {
  private readonly seconds = Array.from({ length: WINDOW_SECONDS }, () => ({ second: -1, calls: 0, failures: 0 }));

  constructor(private readonly now: () => number) {}

  add(failed: boolean): void {
    const second = Math.floor(this.now() / 1_000);
    const slot = this.seconds[second % WINDOW_SECONDS];
    if (slot === undefined) return;
    if (slot.second !== second) Object.assign(slot, { second, calls: 0, failures: 0 });
    slot.calls += 1;
    if (failed) slot.failures += 1;
  }

  mostFailed(): boolean {
    const oldest = Math.floor(this.now() / 1_000) - WINDOW_SECONDS;
    const recent = this.seconds.filter((slot) => slot.second > oldest);
    const calls = recent.reduce((sum, slot) => sum + slot.calls, 0);
    const failures = recent.reduce((sum, slot) => sum + slot.failures, 0);
    return calls >= CALLS_MIN && failures * 2 > calls;
  }

  clear(): void {
    for (const slot of this.seconds) Object.assign(slot, { calls: 0, failures: 0 });
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
  private failuresInARow = 0;
  private readonly recent: RecentCalls;
  private probeTimer: NodeJS.Timeout | undefined;
  private open = false;
  private stopped = false;

  /** @param now monotonic clock, in milliseconds */
  constructor(
    private readonly hooks: CircuitBreakerHooks,
    now = () => performance.now(),
  ) {
    this.recent = new RecentCalls(now);
  }

  get isOpen(): boolean {
    return this.open;
  }

  succeeded(): void {
    this.failuresInARow = 0;
    this.recent.add(false);
  }

  failed(reason: unknown): void {
    this.failuresInARow += 1;
    this.recent.add(true);
    if (this.open || this.stopped) return;
    if (this.failuresInARow < FAILURES_IN_A_ROW_MAX && !this.recent.mostFailed()) return;
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
    this.failuresInARow = 0;
    this.recent.clear();
    this.open = false;
    this.hooks.closed();
  }
}
