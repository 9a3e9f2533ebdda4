import { Logger } from '@nestjs/common';
import type { Outcome } from './consumed-queue.js';
import { FailureRate } from './failure-rate.js';

export interface CircuitBreakerPolicy {
  /** Over how long messages are counted. */
  readonly windowMs: number;
  /** Fewer messages than this decide nothing. */
  readonly messagesMin: number;
  /** How long nothing is taken before one message is tried. */
  readonly pauseMs: number;
}

export const CIRCUIT_BREAKER: CircuitBreakerPolicy = { windowMs: 60_000, messagesMin: 20, pauseMs: 30_000 };

export type CircuitState = 'running' | 'paused' | 'probing';

/** One time of being subscribed. It ends when the switch changes its mind. */
export interface Shift {
  readonly ended: AbortSignal;
  /** Whether only one message may be taken at a time. */
  readonly probing: boolean;
  readonly note: (outcome: Outcome) => void;
}

/**
 * Pauses a queue of whose messages more than half fail and could succeed later: their handler cannot do its work now, and each try takes
 * them a step closer to the dead letters. After a while one message is tried, and its success lets the others in again. Messages that
 * can never succeed do not count.
 */
export class CircuitBreaker {
  private readonly logger = new Logger(CircuitBreaker.name);
  private rate: FailureRate;
  private current: CircuitState = 'running';
  private pausedUntilMs = 0;
  private shift = new AbortController();

  constructor(
    private readonly queue: string,
    private readonly policy: CircuitBreakerPolicy,
    private readonly changed: (state: CircuitState) => void,
  ) {
    this.rate = new FailureRate(policy.windowMs);
  }

  get state(): CircuitState {
    return this.current;
  }

  /** How long nothing may be taken yet. */
  get pauseMs(): number {
    return this.current === 'paused' ? Math.max(0, this.pausedUntilMs - performance.now()) : 0;
  }

  /** After a pause this is a probe. */
  begin(): Shift {
    if (this.current === 'paused') this.become('probing', {});
    const shift = new AbortController();
    this.shift = shift;
    return {
      ended: shift.signal,
      probing: this.current === 'probing',
      note: (outcome) => this.note(shift, outcome),
    };
  }

  private note(shift: AbortController, outcome: Outcome): void {
    // What an earlier shift began says nothing about now.
    if (shift !== this.shift || shift.signal.aborted || outcome === 'rejected' || outcome === 'requeued') return;
    const failed = outcome === 'retried' || outcome === 'retries_exhausted';
    const nowMs = performance.now();
    this.rate.note(failed, nowMs);
    if (this.current === 'probing') {
      if (failed) this.pause({});
      else this.become('running', {});
      shift.abort();
    } else if (failed) {
      const { messages, failures } = this.rate.at(nowMs);
      if (messages < this.policy.messagesMin || failures * 2 <= messages) return;
      this.pause({ messages, failures });
      shift.abort();
    }
  }

  private pause(fields: Readonly<Record<string, unknown>>): void {
    this.pausedUntilMs = performance.now() + this.policy.pauseMs;
    this.become('paused', { ...fields, pauseMs: this.policy.pauseMs });
  }

  private become(state: CircuitState, fields: Readonly<Record<string, unknown>>): void {
    this.current = state;
    // What was counted before does not decide after: each beginning is judged by itself.
    this.rate = new FailureRate(this.policy.windowMs);
    const line = { queue: this.queue, ...fields };
    if (state === 'paused') this.logger.warn({ msg: 'most messages of a queue fail, it is paused', ...line });
    else if (state === 'probing') this.logger.log({ msg: 'a paused queue is tried with one message', ...line });
    else this.logger.log({ msg: 'a paused queue goes on', ...line });
    this.changed(state);
  }
}
