import { Injectable } from '@nestjs/common';
import { continueTrace, runInTrace } from '#observability';
import { readEvent, UnreadableMessage } from '../events/envelope.js';
import { EventCatalogue } from '../events/event-catalogue.js';
import type { ReceivedEvent } from '../events/event.js';
import { MessagingMetrics } from '../metrics/messaging-metrics.js';
import type { IncomingMessage, Outcome } from '../transports/transport.js';
import { BatchRunner } from './batch-runner.js';
import type { ConsumedQueue, Delivery, ShutdownSignals } from './consumed-queue.js';
import { FailedMessages } from './failed-messages.js';

/** Takes one delivery to its outcome: an effect, a retry level, the dead letters, or back into its queue. */
@Injectable()
export class MessageRunner {
  constructor(
    private readonly catalogue: EventCatalogue,
    private readonly batches: BatchRunner,
    private readonly failed: FailedMessages,
    private readonly metrics: MessagingMetrics,
  ) {}

  async run(queue: ConsumedQueue, message: IncomingMessage, signals: ShutdownSignals): Promise<Outcome> {
    const header: unknown = message.headers['traceparent'];
    const trace = continueTrace(typeof header === 'string' ? header : undefined);
    const outcome = await runInTrace(trace, () => this.handle(queue, { message, signals }));
    this.metrics.consumed.inc({ queue: queue.name, outcome });
    if (outcome === 'duplicate') this.metrics.duplicates.inc();
    return outcome;
  }

  private handle(queue: ConsumedQueue, delivery: Delivery): Promise<Outcome> {
    let event: ReceivedEvent;
    try {
      event = this.read(queue, delivery.message);
    } catch (error) {
      // A message that cannot be understood now cannot be understood later either.
      const failure = { error, tries: delivery.message.tries + 1, at: new Date() };
      return this.failed.sendOn(delivery, failure, { step: 'rejected' });
    }
    return this.batches.run({ ...delivery, event, handler: queue.handler });
  }

  private read(queue: ConsumedQueue, message: IncomingMessage): ReceivedEvent {
    const event = readEvent(message, this.catalogue);
    if (event.type !== queue.type) throw new UnreadableMessage(`Nothing in ${queue.name} handles ${event.type}.`);
    return event;
  }
}
