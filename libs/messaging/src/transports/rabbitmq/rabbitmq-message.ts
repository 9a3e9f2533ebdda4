import type { ConsumeMessage, Options } from 'amqplib';
import type { Failure, IncomingMessage, PublishResult } from '../transport.js';
import type { BrokerNames } from './broker-names.js';
import { failedProperties, retriesOf, withoutProperties } from './failure-headers.js';
import type { Publication } from './publisher.js';

/** Where failed messages are sent to. */
export interface FailedMessageSender {
  readonly names: BrokerNames;
  readonly send: (publication: Publication) => Promise<PublishResult>;
}

/** A delivery from RabbitMQ. A failed message is published as a copy; its delivery is acknowledged after that. */
export class RabbitMqMessage implements IncomingMessage {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly correlationId: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly tries: number;
  readonly retryLevel: number;

  constructor(
    readonly queue: string,
    private readonly raw: ConsumeMessage,
    readonly lost: AbortSignal,
    private readonly sender: FailedMessageSender,
  ) {
    const { properties } = raw;
    this.id = textOf(properties.messageId);
    this.type = textOf(properties.type);
    this.correlationId = textOf(properties.correlationId);
    this.headers = properties.headers ?? {};
    this.body = raw.content;
    const { tries, retryLevel } = retriesOf(this.headers);
    [this.tries, this.retryLevel] = [tries, retryLevel];
  }

  retryLater(failure: Failure, delaySeconds: number): Promise<PublishResult> {
    const { names } = this.sender;
    const properties = failedProperties(this.raw, { queue: this.queue, failure, retryLevel: this.retryLevel + 1 });
    return this.send({ exchange: names.retry(delaySeconds), routingKey: names.queue(this.queue), properties });
  }

  async reject(failure: Failure): Promise<PublishResult> {
    const about = { queue: this.queue, failure, retryLevel: this.retryLevel };
    const sent = await this.sendToDeadLetters(failedProperties(this.raw, about));
    if (sent.result !== 'unencodable') return sent;
    return this.sendToDeadLetters(failedProperties(withoutProperties(this.raw), about));
  }

  private sendToDeadLetters(properties: Options.Publish): Promise<PublishResult> {
    return this.send({ exchange: '', routingKey: this.sender.names.deadLetters(this.queue), properties });
  }

  private send(target: Pick<Publication, 'exchange' | 'routingKey' | 'properties'>): Promise<PublishResult> {
    return this.sender.send({ ...target, body: this.body, mandatory: true });
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
