import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#config';
import { backoffMs, pause } from '#kernel';
import { reasonOf } from '../error-text.js';
import { MessagingMetrics } from '../metrics/messaging-metrics.js';
import { Transport, type Failure, type IncomingMessage, type Outcome } from '../transports/transport.js';
import { labelsOf, type Delivery } from './consumed-queue.js';
import { UnfoundedEvent } from './failures.js';
import { KeptMessages } from './kept-messages.js';
import { RetryPolicy, type NextStep } from './retry-policy.js';

/** Between attempts to send a message on: the transport is in trouble and must not be asked at full speed. */
const RESEND_BASE_MS = 200;
const RESEND_MAX_MS = 5_000;

export type SendOn = Exclude<NextStep, { step: 'again' }>;

/** Decides what becomes of a message that failed, and sends it on. */
@Injectable()
export class FailedMessages {
  private readonly logger = new Logger(FailedMessages.name);
  private readonly policy: RetryPolicy;

  constructor(
    config: Config,
    private readonly transport: Transport,
    private readonly metrics: MessagingMetrics,
    private readonly kept: KeptMessages,
  ) {
    this.policy = new RetryPolicy(config.RETRY_DELAYS_SECONDS);
  }

  /** See RetryPolicy. */
  nextStep(error: unknown, triesBefore: number, retryLevel: number): NextStep {
    return this.policy.after(error, triesBefore, retryLevel);
  }

  /**
   * To a retry level or the dead letters. Until the transport has stored it there the delivery is kept: given back it would come again at
   * once, and the transport counts how often it comes. Never rejects.
   */
  async sendOn(delivery: Delivery, failure: Failure, next: SendOn): Promise<Outcome> {
    const { message } = delivery;
    // Another process has it by now, and a copy would be tried beside it.
    if (message.lost.aborted) return 'requeued';
    const line = { ...labelsOf(message), tries: failure.tries };
    const sent = await this.sendUntilStored(delivery, line, () => this.send(message, failure, next));
    if (sent === undefined) return 'requeued';
    const { error } = failure;
    if (sent === 'retried' && next.step === 'retried') {
      const msg = `handler failed, next try in ${next.delaySeconds} s`;
      this.logger.warn({ msg, ...line, reason: reasonOf(error) });
    } else {
      this.metrics.deadLetters.inc({ queue: message.queue });
      this.logger.error({ msg: 'message given up, it is in the dead letters', ...line }, error);
    }
    if (error instanceof UnfoundedEvent)
      this.logger.error({ msg: 'security: an event was not published by its owner', ...line });
    return sent;
  }

  /** Undefined when the transport has not stored it. */
  private async send(message: IncomingMessage, failure: Failure, next: SendOn): Promise<SendOn['step'] | undefined> {
    if (next.step === 'retried') {
      const { result } = await message.retryLater(failure, next.delaySeconds);
      // It would come back without what makes it readable.
      if (result === 'unencodable') return this.send(message, failure, { step: 'rejected' });
      return result === 'confirmed' ? 'retried' : undefined;
    }
    const { result } = await message.reject(failure);
    return result === 'confirmed' ? next.step : undefined;
  }

  /** Undefined when the process begins to stop before it is stored. */
  private async sendUntilStored<T>(
    { message, signals: { draining } }: Delivery,
    line: Readonly<Record<string, unknown>>,
    send: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    let sent = await send();
    if (sent !== undefined) return sent;
    this.logger.warn({ msg: 'failed message cannot be sent on yet, it is kept', ...line });
    const release = this.kept.keep(message.queue);
    try {
      const mustGiveBack = (): boolean => draining.aborted || message.lost.aborted;
      for (let failures = 1; sent === undefined && !mustGiveBack(); failures += 1) {
        await pause(backoffMs(failures, RESEND_BASE_MS, RESEND_MAX_MS), draining);
        // Whatever is sent while the transport takes nothing may arrive all the same, and again with the next attempt.
        if (!mustGiveBack() && this.transport.ready) sent = await send();
      }
      return sent;
    } finally {
      release();
    }
  }
}
