export {
  defineEvent,
  message,
  type EventData,
  type EventDefinition,
  type OutboxMessage,
  type ReceivedEvent,
} from './event.js';
