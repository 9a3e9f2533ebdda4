import { Module, type DynamicModule } from '@nestjs/common';
import { Config } from '#config';
import type { ModuleSchema } from '#database';
import { problemsOf, type ProblemType } from '#kernel';
import { AsyncApiDocument } from './asyncapi/async-api-document.js';
import { BacklogGauges } from './metrics/backlog-gauges.js';
import { BatchRunner } from './consumer/batch-runner.js';
import { FailedMessages } from './consumer/failed-messages.js';
import { HandlerRunner } from './consumer/handler-runner.js';
import { CircuitBreakers } from './consumer/circuit-breakers.js';
import { Consumers } from './consumer/consumers.js';
import { KeptMessages } from './consumer/kept-messages.js';
import { MessageRunner } from './consumer/message-runner.js';
import { MessagingTransport } from './consumer/messaging-transport.js';
import { DeadLetterArchiver } from './dead-letters/dead-letter-archiver.js';
import * as errors from './dead-letters/dead-letter.errors.js';
import { DiscardDeadLetter } from './dead-letters/discard-dead-letter.js';
import { FindDeadLetters } from './dead-letters/find-dead-letters.js';
import { ReplayDeadLetters } from './dead-letters/replay-dead-letters.js';
import { Replays } from './dead-letters/replays.js';
import { EventCatalogue } from './events/event-catalogue.js';
import type { EventDefinition } from './events/event.js';
import { MessagingMetrics } from './metrics/messaging-metrics.js';
import { DeadLetters1764000060002 } from './migrations/1764000060002-dead-letters.js';
import { OutboxAndInbox1764000060001 } from './migrations/1764000060001-outbox-and-inbox.js';
import { OutboxBacklog } from './outbox/outbox-backlog.js';
import { Outbox } from './outbox/outbox.js';
import { ScheduleClock } from './schedule/schedule-clock.js';
import { Schedule } from './schedule/schedule.js';
import { ScheduleAndProgress1764000060003 } from './migrations/1764000060003-schedule-and-progress.js';
import { NoProgress1764000160004 } from './migrations/1764000160004-no-progress.js';
import { Relay } from './outbox/relay.js';
import { RabbitMqTransport } from './transports/rabbitmq/rabbitmq-transport.js';
import { Transport } from './transports/transport.js';

@Module({})
class MessagingSettings {}

const OPERATIONS = [Outbox, Schedule, FindDeadLetters, ReplayDeadLetters, DiscardDeadLetter, OutboxBacklog];

const DOCUMENT = {
  provide: AsyncApiDocument,
  inject: [EventCatalogue, Config],
  useFactory: (catalogue: EventCatalogue, config: Config) => new AsyncApiDocument(catalogue, config),
};

/** Writes events and scheduled messages, and knows the dead letters. Opens no connection to the broker. */
@Module({
  providers: [...OPERATIONS, DOCUMENT],
  exports: [...OPERATIONS, AsyncApiDocument],
})
export class MessagingModule {
  static readonly problems: readonly ProblemType[] = problemsOf(errors);

  static readonly schema: ModuleSchema = {
    entities: [],
    migrations: [
      OutboxAndInbox1764000060001,
      DeadLetters1764000060002,
      ScheduleAndProgress1764000060003,
      NoProgress1764000160004,
    ],
  };

  /**
   * What a program states once, in its root. Who writes events imports `MessagingModule`.
   *
   * @param options.events every event of the program
   */
  static forRoot({ events }: { readonly events: readonly EventDefinition[] }): DynamicModule {
    const providers = [{ provide: EventCatalogue, useValue: new EventCatalogue(events) }];
    return { module: MessagingSettings, global: true, providers, exports: [EventCatalogue] };
  }
}

/** Publishes what waits in the outbox, makes due what is scheduled, and brings messages to the consumers of the program. */
@Module({
  providers: [
    MessagingMetrics,
    { provide: Transport, useClass: RabbitMqTransport },
    Relay,
    BacklogGauges,
    ScheduleClock,
    HandlerRunner,
    KeptMessages,
    FailedMessages,
    BatchRunner,
    MessageRunner,
    DeadLetterArchiver,
    CircuitBreakers,
    Consumers,
    Replays,
    MessagingTransport,
  ],
  exports: [MessagingTransport],
})
export class MessagingWorker {}
