import { Logger } from '@nestjs/common';
import { FailureRate } from '#kernel';
import type { Outcome } from '../transports/transport.js';

export interface CircuitBreakerPolicy {
  /** Over how long messages are counted. */
  readonly windowMs: number;
  /** Fewer messages than this decide nothing. */
  readonly messagesMin: number;
  /** How long the circuit stays open before one message is tried. */
  readonly openMs: number;
}

export const CIRCUIT_BREAKER: CircuitBreakerPolicy = { windowMs: 60_000, messagesMin: 20, openMs: 30_000 };

export type CircuitState = 'closed' | 'open' | 'half_open';

/** A time in which messages are consumed. It ends when the circuit changes its state. */
export interface CircuitPeriod {
  readonly ended: AbortSignal;
  /** Whether only one message may be taken at a time. */
  readonly halfOpen: boolean;
  readonly note: (outcome: Outcome) => void;
}

/**
 * Opens when more than half of a queue's messages fail and could succeed later: their handler cannot do its work now, and each try takes
 * them closer to the dead letters. After a while one message is tried, and its success closes the circuit. Messages that can never
 * succeed do not count.
 */
export class CircuitBreaker {
  private readonly logger = new Logger(CircuitBreaker.name);
  private rate: FailureRate;
  private current: CircuitState = 'closed';
  private openUntilMs = 0;
  private period = new AbortController();

  constructor(
    private readonly queue: string,
    private readonly policy: CircuitBreakerPolicy,
    private readonly onChange: (state: CircuitState) => void,
  ) {
    this.rate = new FailureRate(policy.windowMs);
  }

  get state(): CircuitState {
    return this.current;
  }

  /** How long nothing may be taken yet. */
  get openForMs(): number {
    return this.current === 'open' ? Math.max(0, this.openUntilMs - performance.now()) : 0;
  }

  /** The first period after the circuit was open is half-open. */
  begin(): CircuitPeriod {
    if (this.current === 'open') this.become('half_open');
    const period = new AbortController();
    this.period = period;
    return {
      ended: period.signal,
      halfOpen: this.current === 'half_open',
      note: (outcome) => this.note(period, outcome),
    };
  }

  private note(period: AbortController, outcome: Outcome): void {
    // Messages of an earlier period say nothing about now.
    if (period !== this.period || period.signal.aborted || outcome === 'rejected' || outcome === 'requeued') return;
    const failed = outcome === 'retried' || outcome === 'retries_exhausted';
    this.rate.note(failed);
    if (this.current === 'half_open') {
      this.become(failed ? 'open' : 'closed');
      period.abort();
    } else if (failed) {
      const { total, failures } = this.rate.at();
      if (total < this.policy.messagesMin || failures * 2 <= total) return;
      this.become('open', { messages: total, failures });
      period.abort();
    }
  }

  private become(state: CircuitState, fields: Readonly<Record<string, unknown>> = {}): void {
    const { openMs, windowMs } = this.policy;
    this.current = state;
    this.openUntilMs = performance.now() + openMs;
    // Earlier messages do not decide any more.
    this.rate = new FailureRate(windowMs);
    const line = { queue: this.queue, ...fields };
    if (state === 'open')
      this.logger.warn({ msg: 'most messages of a queue fail, its circuit is open', ...line, openMs });
    else if (state === 'half_open')
      this.logger.log({ msg: 'circuit of a queue is half-open, one message is tried', ...line });
    else this.logger.log({ msg: 'circuit of a queue is closed again', ...line });
    this.onChange(state);
  }
}
