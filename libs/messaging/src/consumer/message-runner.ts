import { Injectable } from '@nestjs/common';
import type { ConsumeMessage } from 'amqplib';
import { continueTrace, runInTrace } from '#observability';
import { readEvent, UnreadableMessage } from '../events/envelope.js';
import { EventCatalogue } from '../events/event-catalogue.js';
import { MessagingMetrics } from '../metrics/messaging-metrics.js';
import { BatchRunner } from './batch-runner.js';
import type { ConsumedQueue, DeliverySignals, Outcome } from './consumed-queue.js';
import type { ReadableDelivery, UnreadableDelivery } from './delivery.js';
import { progressOf } from './failure-headers.js';
import { SingleRunner } from './single-runner.js';

/** The journey of one delivery, to its effect, the retry ladder, the dead letters, or back into its queue. */
@Injectable()
export class MessageRunner {
  constructor(
    private readonly catalogue: EventCatalogue,
    private readonly singles: SingleRunner,
    private readonly batches: BatchRunner,
    private readonly metrics: MessagingMetrics,
  ) {}

  /** With every outcome but `requeued` the delivery is to be acknowledged. */
  async run(queue: ConsumedQueue, message: ConsumeMessage, stopping: DeliverySignals): Promise<Outcome> {
    const header: unknown = message.properties.headers?.['traceparent'];
    const trace = continueTrace(typeof header === 'string' ? header : undefined);
    const outcome = await runInTrace(trace, () => this.journey(this.read(queue, message), stopping));
    this.metrics.consumed.inc({ queue: queue.name, outcome });
    if (outcome === 'duplicate') this.metrics.duplicates.inc();
    return outcome;
  }

  private journey(delivery: ReadableDelivery | UnreadableDelivery, stopping: DeliverySignals): Promise<Outcome> {
    if ('error' in delivery) return this.singles.giveUp(delivery, stopping);
    const { handler } = delivery;
    return 'batchMax' in handler
      ? this.batches.run({ ...delivery, handler }, stopping)
      : this.singles.run({ ...delivery, handler }, stopping);
  }

  private read(queue: ConsumedQueue, message: ConsumeMessage): ReadableDelivery | UnreadableDelivery {
    const delivery = { queue: queue.name, message, ...progressOf(message) };
    try {
      const event = readEvent(message, this.catalogue);
      const handler = queue.handlers.get(event.type);
      if (!handler) throw new UnreadableMessage(`Nothing in ${queue.name} handles ${event.type}.`);
      return { ...delivery, event, handler };
    } catch (error) {
      return { ...delivery, attempts: delivery.attempts + 1, error };
    }
  }
}
