import { Module, type DynamicModule } from '@nestjs/common';
import type { Persistence } from '#database';
import { Broker } from './amqp/broker.js';
import { FailedMessages } from './consumer/failed-messages.js';
import { HandlerRunner } from './consumer/handler-runner.js';
import { MessageRunner } from './consumer/message-runner.js';
import { MessagingTransport } from './consumer/messaging-transport.js';
import { EventCatalogue } from './event-catalogue.js';
import type { EventDefinition } from './event.js';
import { MessagingMetrics } from './messaging-metrics.js';
import { OutboxAndInbox1764000060001 } from './migrations/outbox-and-inbox.js';
import { OutboxGauges } from './outbox/outbox-gauges.js';
import { Outbox } from './outbox/outbox.js';
import { PostgresOutbox } from './outbox/postgres-outbox.js';
import { Relay } from './outbox/relay.js';

export interface MessagingOptions {
  /** Every event of the program. */
  readonly events: readonly EventDefinition[];
  /** `api` only writes to the outbox and never opens a connection to the broker; `worker` relays and consumes. */
  readonly role: 'api' | 'worker';
}

@Module({})
export class MessagingModule {
  static readonly persistence: Persistence = { entities: [], migrations: [OutboxAndInbox1764000060001] };

  static forRoot({ events, role }: MessagingOptions): DynamicModule {
    const outbox = { provide: Outbox, useClass: PostgresOutbox };
    if (role === 'api') return { module: MessagingModule, global: true, providers: [outbox], exports: [Outbox] };
    return {
      module: MessagingModule,
      global: true,
      providers: [
        outbox,
        { provide: EventCatalogue, useFactory: () => new EventCatalogue(events) },
        MessagingMetrics,
        Broker,
        Relay,
        OutboxGauges,
        HandlerRunner,
        FailedMessages,
        MessageRunner,
        MessagingTransport,
      ],
      exports: [Outbox, MessagingTransport],
    };
  }
}
