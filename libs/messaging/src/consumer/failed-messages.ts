import { Injectable } from '@nestjs/common';
import type { ConsumeMessage } from 'amqplib';
import { Config } from '#config';
import { Broker } from '../amqp/broker.js';
import type { Publication } from '../amqp/publisher.js';
import { MessagingMetrics } from '../messaging-metrics.js';
import { failedProperties, type Failure } from './failure-headers.js';
import { RetryPolicy, type NextStep } from './retry-policy.js';

/** Decides where a message goes after a failure, and sends it there. Resolves to whether the broker has confirmed it. */
@Injectable()
export class FailedMessages {
  private readonly policy: RetryPolicy;

  constructor(
    config: Config,
    private readonly broker: Broker,
    private readonly metrics: MessagingMetrics,
  ) {
    this.policy = new RetryPolicy(config.RETRY_DELAYS_SECONDS);
  }

  /** See RetryPolicy. */
  nextStep(error: unknown, triesBefore: number, rungsBefore: number): NextStep {
    return this.policy.after(error, triesBefore, rungsBefore);
  }

  /** Back to its queue after the delay. */
  retryLater(message: ConsumeMessage, failure: Failure, delaySeconds: number): Promise<boolean> {
    const { attempts, rungs } = failure.progress;
    return this.send({
      exchange: this.broker.names.retry(delaySeconds),
      routingKey: this.broker.names.queue(failure.queue),
      body: message.content,
      properties: failedProperties(message, { ...failure, progress: { attempts, rungs: rungs + 1 } }),
      mandatory: true,
    });
  }

  /** To the queue's dead letters, where a person decides. */
  async giveUp(message: ConsumeMessage, failure: Failure): Promise<boolean> {
    const sent = await this.send({
      exchange: '',
      routingKey: this.broker.names.deadLetters(failure.queue),
      body: message.content,
      properties: failedProperties(message, failure),
      mandatory: true,
    });
    if (sent) this.metrics.deadLetters.inc({ queue: failure.queue });
    return sent;
  }

  private async send(publication: Publication): Promise<boolean> {
    const { result } = await this.broker.failures.publish(publication);
    if (result === 'returned') await this.broker.repair();
    return result === 'confirmed';
  }
}
