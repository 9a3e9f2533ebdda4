export {
  defineEvent,
  message,
  type Cause,
  type EventDefinition,
  type OutboxMessage,
  type ReceivedEvent,
  type EventData,
} from './events/event.js';
export { originsOf } from './events/message-context.js';
export { AsyncApiDocument } from './asyncapi/async-api-document.js';
export { jsonSchemaOf, type Json } from './asyncapi/json-schema.js';
export { EventCatalogue } from './events/event-catalogue.js';
export { MessagingModule, MessagingWorker } from './messaging.module.js';
export { Outbox } from './outbox/outbox.js';
export { OutboxBacklog, type WaitingEvent } from './outbox/outbox-backlog.js';
export { cancelling, later, Schedule, type Due, type ScheduledMessage } from './schedule/schedule.js';
export { Consumes } from './consumer/consumes.decorator.js';
export type { BatchContext, CommitContext } from './consumer/consume-context.js';
export { EventsFailed, PermanentFailure, UnfoundedEvent } from './consumer/failures.js';
export { MessagingTransport } from './consumer/messaging-transport.js';
export {
  DEAD_LETTER_STATUSES,
  HISTORY_ACTIONS,
  type DeadLetter,
  type DeadLetterStatus,
  type OpenedDeadLetter,
} from './dead-letters/dead-letter.js';
export { FindDeadLetters, GROUPS_MAX, type DeadLetterGroup } from './dead-letters/find-dead-letters.js';
export { ReplayDeadLetters } from './dead-letters/replay-dead-letters.js';
export { DiscardDeadLetter } from './dead-letters/discard-dead-letter.js';
export { DeadLetterSettled } from './dead-letters/dead-letter.errors.js';
