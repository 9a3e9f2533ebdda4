import { Module, type DynamicModule } from '@nestjs/common';
import type { Persistence } from '#database';
import { MessagingTransport } from './consumer/messaging-transport.js';
import { EventCatalogue } from './event-catalogue.js';
import type { EventDefinition } from './event.js';
import { OutboxAndInbox1764000060001 } from './migrations/outbox-and-inbox.js';
import { Outbox } from './outbox/outbox.js';
import { PostgresOutbox } from './outbox/postgres-outbox.js';

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
        MessagingTransport,
      ],
      exports: [Outbox, MessagingTransport],
    };
  }
}
