import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { Logger } from '@nestjs/common';
import { loadConfig } from '#config';
import { HealthChecks } from '#observability';
import { EventCatalogue } from '../../events/event-catalogue.js';
import type { EventDefinition } from '../../events/event.js';
import type { TransportBackend } from '../transport-process.suite.js';
import { describeTransport } from '../transport.suite.js';
import { RabbitMqTransport } from './rabbitmq-transport.js';

// The faults that tests make are not news.
Logger.overrideLogger(false);

class RabbitMqBackend implements TransportBackend {
  private readonly namespace = `test-${randomBytes(6).toString('hex')}`;
  private readonly queues = new Set<string>();

  open(events: readonly EventDefinition[], retryDelaysSeconds: readonly number[]): RabbitMqTransport {
    for (const queue of events.flatMap(({ queues }) => queues)) this.queues.add(queue).add(`${queue}.dlq`);
    for (const seconds of retryDelaysSeconds) this.queues.add(`retry.${seconds}s`);
    const RETRY_DELAYS_SECONDS = retryDelaysSeconds.join(',');
    const env = { ...process.env, RABBITMQ_NAMESPACE: this.namespace, RETRY_DELAYS_SECONDS };
    return new RabbitMqTransport(loadConfig(env), new EventCatalogue(events), new HealthChecks());
  }

  async remove(): Promise<void> {
    const broker = await connect(loadConfig(process.env).RABBITMQ_URLS[0]!);
    const channel = await broker.createChannel();
    for (const queue of this.queues) {
      await channel.deleteQueue(`${this.namespace}.${queue}`);
      await channel.deleteExchange(`${this.namespace}.${queue}`);
    }
    await channel.deleteExchange(`${this.namespace}.events`);
    await broker.close();
  }
}

describeTransport('rabbitmq', async () => new RabbitMqBackend());
