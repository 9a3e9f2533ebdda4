import { Injectable } from '@nestjs/common';
import { Metrics } from '#observability';

/** Counters of what was published and consumed. Queues are labelled by their logical names. */
@Injectable()
export class MessagingMetrics {
  readonly published;
  readonly consumed;
  readonly duplicates;
  readonly deadLetters;
  readonly circuitOpen;

  constructor(metrics: Metrics) {
    this.published = metrics.counter({
      name: 'messages_published_total',
      help: 'Events from the outbox by outcome: confirmed, returned (no queue took it), refused, unencodable, unknown (broker lost).',
      labelNames: ['outcome'],
    });
    this.consumed = metrics.counter({
      name: 'messages_consumed_total',
      help: 'Deliveries by queue and outcome: handled, duplicate, retried, retries_exhausted, rejected, requeued.',
      labelNames: ['queue', 'outcome'],
    });
    this.duplicates = metrics.counter({
      name: 'inbox_duplicates_total',
      help: 'Deliveries that had taken effect before and therefore had none.',
    });
    this.deadLetters = metrics.counter({
      name: 'dead_letters_total',
      help: 'Messages given up on, by queue. Each waits in the dead-letter queue for a person.',
      labelNames: ['queue'],
    });
    this.circuitOpen = metrics.gauge({
      name: 'queue_circuit_open',
      help: '1 while the circuit breaker of a queue is open or half-open in this process: no messages are taken, or one at a time.',
      labelNames: ['queue'],
    });
  }
}
