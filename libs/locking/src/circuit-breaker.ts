import { FailureRate } from '#kernel';

const FAILURES_IN_A_ROW_MAX = 5;
const WINDOW_MS = 10_000;
/** With fewer calls than this the share of failures says too little. */
const CALLS_MIN = 10;
const PROBE_EVERY_MS = 500;

/**
 * Stops calling a service that does not answer. It opens after five failures in a row, or when more than half of at least ten calls failed
 * within ten seconds. While it is open, a probe runs about twice a second, so no caller has to be the first to try.
 */
export class CircuitBreaker {
  private failuresInARow = 0;
  private recent = new FailureRate(WINDOW_MS);
  private probeTimer: NodeJS.Timeout | undefined;
  private open = false;
  private stopped = false;

  /**
   * @param probe rejects while the service is not usable
   * @param opened called with the last failure
   */
  constructor(
    private readonly probe: () => Promise<void>,
    private readonly opened: (reason: unknown) => void,
    private readonly closed: () => void,
  ) {}

  get isOpen(): boolean {
    return this.open;
  }

  succeeded(): void {
    this.failuresInARow = 0;
    this.recent.note(false);
  }

  failed(reason: unknown): void {
    this.failuresInARow += 1;
    this.recent.note(true);
    if (this.open || this.stopped || !this.tooManyFailed) return;
    this.open = true;
    this.opened(reason);
    this.probeLater();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.probeTimer);
  }

  private get tooManyFailed(): boolean {
    const { total, failures } = this.recent.at();
    return this.failuresInARow >= FAILURES_IN_A_ROW_MAX || (total >= CALLS_MIN && failures * 2 > total);
  }

  private probeLater(): void {
    if (this.stopped) return;
    const delayMs = PROBE_EVERY_MS * (0.75 + Math.random() / 2);
    this.probeTimer = setTimeout(() => void this.tryAgain(), delayMs).unref();
  }

  private async tryAgain(): Promise<void> {
    try {
      await this.probe();
    } catch {
      this.probeLater(); // Still down, as expected; its state was logged when it changed.
      return;
    }
    this.failuresInARow = 0;
    this.recent = new FailureRate(WINDOW_MS);
    this.open = false;
    this.closed();
  }
}
