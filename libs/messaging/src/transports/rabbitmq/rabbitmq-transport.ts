import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#config';
import { HealthChecks } from '#observability';
import { pause } from '#kernel';
import type { RejectedMessage } from '../../dead-letters/rejected-message.js';
import { reasonOf } from '../../error-text.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import {
  Transport,
  type IncomingMessage,
  type OutgoingEvent,
  type PublishResult,
  type ReplayedMessage,
  type Subscription,
} from '../transport.js';
import { BrokerConnection } from './broker-connection.js';
import { BrokerNames } from './broker-names.js';
import { propertiesOf } from './event-properties.js';
import { Publisher, type Publication } from './publisher.js';
import { RabbitMqMessage } from './rabbitmq-message.js';
import { readRejectedMessage, replayedProperties } from './rejected-messages.js';
import { RabbitMqSubscription, type SubscriptionOptions } from './subscription.js';
import { Topology } from './topology.js';

/**
 * RabbitMQ 3.10 does not tell the consumers of a queue that it was deleted when the queue is declared again within milliseconds: they
 * would stay subscribed, and get nothing.
 */
const REPAIR_DELAY_MS = 1_000;

/**
 * Quorum queues behind a topic exchange. One connection publishes and one consumes: a broker short of memory stops reading from whoever
 * publishes, and acknowledgements must still get through.
 */
@Injectable()
export class RabbitMqTransport extends Transport {
  private readonly logger = new Logger(RabbitMqTransport.name);
  private readonly names: BrokerNames;
  private readonly topology: Topology;
  private readonly publishing: BrokerConnection;
  private readonly consuming: BrokerConnection;
  private readonly events: Publisher;
  /** For failed messages, on a channel of its own: neither publisher waits for the other. */
  private readonly failures: Publisher;
  private readonly subscriptions = new Set<RabbitMqSubscription>();
  private repairing: Promise<void> | undefined;

  constructor(config: Config, catalogue: EventCatalogue, health: HealthChecks) {
    super();
    this.names = new BrokerNames(config.RABBITMQ_NAMESPACE);
    this.topology = new Topology(this.names, catalogue, config.RETRY_DELAYS_SECONDS);
    const connection = (name: string) =>
      new BrokerConnection({ name, urls: config.RABBITMQ_URLS, heartbeatSeconds: config.RABBITMQ_HEARTBEAT_SECONDS });
    [this.publishing, this.consuming] = [connection('publish'), connection('consume')];
    [this.events, this.failures] = [new Publisher(this.publishing), new Publisher(this.publishing)];
    health.register({ name: 'rabbitmq', critical: true, check: () => this.check() });
  }

  override get ready(): boolean {
    return this.events.ready;
  }

  override onReady(listener: () => void): void {
    this.publishing.onUsable(listener);
  }

  override startPublishing(): void {
    this.publishing.start(async (model) => {
      await this.topology.declare(model);
      await this.events.attach(model);
      await this.failures.attach(model);
    });
  }

  override stopPublishing(): Promise<void> {
    return this.publishing.close();
  }

  override publish(events: readonly OutgoingEvent[]): Promise<PublishResult[]> {
    return Promise.all(
      events.map((event) =>
        this.send(this.events, {
          exchange: this.names.events,
          routingKey: event.type,
          body: Buffer.from(event.data),
          properties: propertiesOf(event),
          mandatory: event.mandatory,
        }),
      ),
    );
  }

  override replay({ queue, id, body, properties, replays }: ReplayedMessage): Promise<PublishResult> {
    return this.send(this.events, {
      exchange: '',
      routingKey: this.names.queue(queue),
      body,
      properties: { ...replayedProperties(properties, replays), messageId: id },
      mandatory: true,
    });
  }

  override consume({ queue, deliver, ...options }: Subscription<IncomingMessage>): Promise<void> {
    const sender = { names: this.names, send: (publication: Publication) => this.send(this.failures, publication) };
    return this.subscribe({
      ...options,
      queue: this.names.queue(queue),
      deliver: (message, lost) => deliver(new RabbitMqMessage(queue, message, lost, sender)),
    });
  }

  override consumeRejected({ queue, deliver, ...options }: Subscription<RejectedMessage>): Promise<void> {
    return this.subscribe({
      ...options,
      queue: this.names.deadLetters(queue),
      deliver: (message) => deliver(readRejectedMessage(queue, message)),
    });
  }

  override async stopConsuming(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await this.consuming.close();
  }

  private async subscribe(options: Omit<SubscriptionOptions, 'repair'>): Promise<void> {
    this.consuming.start((model) => this.topology.declare(model));
    const subscription = new RabbitMqSubscription(this.consuming, { ...options, repair: () => this.repair() });
    this.subscriptions.add(subscription);
    await subscription.run();
    this.subscriptions.delete(subscription);
  }

  private async send(publisher: Publisher, publication: Publication): Promise<PublishResult> {
    const result = await publisher.publish(publication);
    // Somebody may have deleted a queue or a binding.
    if (result.result === 'returned') void this.repair();
    return result;
  }

  /** Declares again what somebody may have deleted. Never rejects: whoever found it missing tries again later anyway. */
  private async repair(): Promise<void> {
    this.repairing ??= this.declareAgain().finally(() => {
      this.repairing = undefined;
    });
    await this.repairing;
  }

  private async declareAgain(): Promise<void> {
    await pause(REPAIR_DELAY_MS);
    const model = this.publishing.current;
    if (!model) return;
    try {
      await this.topology.declare(model);
    } catch (error) {
      this.logger.error({ msg: 'queues and exchanges could not be declared', reason: reasonOf(error) });
    }
  }

  private async check(): Promise<void> {
    if (!this.publishing.usable) throw new Error('RabbitMQ cannot be published to.');
    if (this.consuming.started && !this.consuming.usable) throw new Error('RabbitMQ cannot be consumed from.');
  }
}
