export {
  defineEvent,
  message,
  type EventData,
  type EventDefinition,
  type OutboxMessage,
  type ReceivedEvent,
} from './event.js';
export { MessagingModule, type MessagingOptions } from './messaging.module.js';
export { Outbox } from './outbox/outbox.js';
export { InvalidEvent } from './outbox/invalid-event.js';
export { Consumes } from './consumer/consumes.decorator.js';
export type { ConsumeContext } from './consumer/consume-context.js';
export { PermanentFailure } from './consumer/permanent-failure.js';
export { MessagingTransport } from './consumer/messaging-transport.js';
