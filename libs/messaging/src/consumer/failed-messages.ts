import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#config';
import { backoffMs } from '#kernel';
import { Broker } from '../transports/rabbitmq/broker.js';
import type { Outcome as PublishOutcome, Publication } from '../transports/rabbitmq/publisher.js';
import { MessagingMetrics } from '../metrics/messaging-metrics.js';
import { pause } from '../concurrency/pause.js';
import { reasonOf } from '../connection-status-logger.js';
import type { DeliverySignals, Outcome } from './consumed-queue.js';
import { labelsOf, type Delivery } from './delivery.js';
import { bareFailedProperties, failedProperties, type Failure } from './failure-headers.js';
import { KeptMessages } from './kept-messages.js';
import { UnfoundedEvent } from './unfounded-event.js';
import { RetryPolicy, type NextStep } from './retry-policy.js';

/** Between attempts to send a message on: the broker is in trouble and must not be asked at full speed. */
const RESEND_BASE_MS = 200;
const RESEND_MAX_MS = 5_000;

type PublishResult = PublishOutcome['result'];

export type SendOn = Exclude<NextStep, { step: 'again' }>;

/** Decides where a message goes after a failure, and sends it there. */
@Injectable()
export class FailedMessages {
  private readonly logger = new Logger(FailedMessages.name);
  private readonly policy: RetryPolicy;

  constructor(
    config: Config,
    private readonly broker: Broker,
    private readonly metrics: MessagingMetrics,
    private readonly kept: KeptMessages,
  ) {
    this.policy = new RetryPolicy(config.RETRY_DELAYS_SECONDS);
  }

  /** See RetryPolicy. */
  nextStep(error: unknown, triesBefore: number, retryLevelBefore: number): NextStep {
    return this.policy.after(error, triesBefore, retryLevelBefore);
  }

  /**
   * To the retry ladder or the dead letters. Only when the broker has that copy is the original given up. Until then it is kept: given back
   * it would come again at once, and the broker counts how often it comes. Never rejects.
   *
   * @param delivery with its attempts up to now
   */
  async sendOn(delivery: Delivery, error: unknown, next: SendOn, stopping: DeliverySignals): Promise<Outcome> {
    // Somebody else has it by now, and a copy would be tried beside it.
    if (stopping.gone.aborted) return 'requeued';
    const { queue, attempts, retryLevel } = delivery;
    const failure: Failure = { queue, error, progress: { attempts, retryLevel }, at: new Date() };
    const line = { ...labelsOf(delivery), queue, attempt: attempts };
    let step: SendOn['step'] = next.step;
    const send = async (): Promise<boolean> => {
      if (next.step !== 'retried') return this.giveUp(delivery, failure);
      const sent = await this.retryLater(delivery, failure, next.delaySeconds);
      if (sent !== 'unencodable') return sent === 'confirmed';
      // It would come back without what makes it readable.
      step = 'rejected';
      return this.giveUp(delivery, failure);
    };
    if (!(await this.sendUntilTaken(send, line, stopping))) return 'requeued';
    if (next.step === 'retried' && step === 'retried')
      this.logger.warn({ msg: `handler failed, next try in ${next.delaySeconds} s`, ...line, reason: reasonOf(error) });
    else this.logger.error({ msg: 'message given up, it is in the dead letters', ...line }, error);
    if (error instanceof UnfoundedEvent)
      this.logger.error({ msg: 'security: an event was not published by its owner', ...line });
    return step;
  }

  /** Keeps the message until the broker has taken its copy. False when the process begins to stop before. */
  private async sendUntilTaken(
    send: () => Promise<boolean>,
    line: { readonly queue: string },
    { draining }: DeliverySignals,
  ): Promise<boolean> {
    if (await send()) return true;
    this.logger.warn({ msg: 'failed message cannot be sent on yet, it is kept', ...line });
    const release = this.kept.keep(line.queue);
    try {
      for (let failures = 1; !draining.aborted; failures += 1) {
        if (!(await this.broker.publishing.outlastsBlock(draining)))
          await pause(backoffMs(failures, RESEND_BASE_MS, RESEND_MAX_MS), draining);
        if (draining.aborted) return false;
        if (await send()) return true;
      }
      return false;
    } finally {
      release();
    }
  }

  /** Back to its queue after the delay. */
  private retryLater({ message }: Delivery, failure: Failure, delaySeconds: number): Promise<PublishResult> {
    const { attempts, retryLevel } = failure.progress;
    return this.send({
      exchange: this.broker.names.retry(delaySeconds),
      routingKey: this.broker.names.queue(failure.queue),
      body: message.content,
      properties: failedProperties(message, { ...failure, progress: { attempts, retryLevel: retryLevel + 1 } }),
      mandatory: true,
    });
  }

  /** To the queue's dead letters, where a person decides. Whether the broker has confirmed it. */
  private async giveUp({ message }: Delivery, failure: Failure): Promise<boolean> {
    const letter = (properties: Publication['properties']): Publication => ({
      exchange: '',
      routingKey: this.broker.names.deadLetters(failure.queue),
      body: message.content,
      properties,
      mandatory: true,
    });
    let result = await this.send(letter(failedProperties(message, failure)));
    if (result === 'unencodable') result = await this.send(letter(bareFailedProperties(message, failure)));
    if (result === 'confirmed') this.metrics.deadLetters.inc({ queue: failure.queue });
    return result === 'confirmed';
  }

  private async send(publication: Publication): Promise<PublishResult> {
    const { result } = await this.broker.failures.publish(publication);
    if (result === 'returned') await this.broker.repair();
    return result;
  }
}
