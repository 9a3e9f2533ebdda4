import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#config';
import { HealthChecks } from '#observability';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { pause } from '../../concurrency/pause.js';
import { reasonOf } from '../../connection-status-logger.js';
import { BrokerConnection, type Setup } from './broker-connection.js';
import { BrokerNames } from './broker-names.js';
import { Publisher } from './publisher.js';
import { Topology } from './topology.js';

/**
 * RabbitMQ 3.10 does not tell the consumers of a queue that it was deleted when it is there again within milliseconds: they would stay
 * subscribed, and get nothing.
 */
const REPAIR_DELAY_MS = 1_000;

/**
 * This process's part in the broker: one connection to publish and one to consume, because a broker short of memory stops reading
 * from whoever publishes, and acknowledgements must still get through.
 */
@Injectable()
export class Broker {
  private readonly logger = new Logger(Broker.name);
  private readonly topology: Topology;
  private readonly consuming: BrokerConnection;
  private repairing: Promise<void> | undefined;
  private consumes = false;
  readonly names: BrokerNames;
  readonly publishing: BrokerConnection;
  /** For events from the outbox. */
  readonly events: Publisher;
  /** For messages that a handler has failed on: a channel of their own, so that neither waits for the other. */
  readonly failures: Publisher;

  constructor(config: Config, catalogue: EventCatalogue, health: HealthChecks) {
    this.names = new BrokerNames(config.RABBITMQ_NAMESPACE);
    this.topology = new Topology(this.names, catalogue, config.RETRY_DELAYS_SECONDS);
    const connection = (name: string) =>
      new BrokerConnection({ name, urls: config.RABBITMQ_URLS, heartbeatSeconds: config.RABBITMQ_HEARTBEAT_SECONDS });
    this.publishing = connection('publish');
    this.consuming = connection('consume');
    this.events = new Publisher(this.publishing);
    this.failures = new Publisher(this.publishing);
    health.register({ name: 'rabbitmq', critical: true, check: () => this.check() });
  }

  startPublishing(): void {
    this.publishing.start(async (model) => {
      await this.topology.declare(model);
      await this.events.attach(model);
      await this.failures.attach(model);
    });
  }

  startConsuming(setup: Setup): void {
    this.consumes = true;
    this.consuming.start(async (model, closed) => {
      await this.topology.declare(model);
      await setup(model, closed);
    });
  }

  /** Declares again what somebody may have deleted. Never rejects: whoever found it missing tries again later anyway. */
  async repair(): Promise<void> {
    this.repairing ??= this.declareAnew().finally(() => {
      this.repairing = undefined;
    });
    await this.repairing;
  }

  async stopConsuming(): Promise<void> {
    await this.consuming.close();
  }

  async stopPublishing(): Promise<void> {
    await this.publishing.close();
  }

  private async declareAnew(): Promise<void> {
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
    if (this.consumes && !this.consuming.usable) throw new Error('RabbitMQ cannot be consumed from.');
  }
}
