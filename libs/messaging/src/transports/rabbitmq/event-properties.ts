import type { Options } from 'amqplib';
import { headersOf } from '../../events/envelope.js';
import type { EventAttributes } from '../../events/event.js';

/** AMQP 0-9-1 has no CloudEvents binding: attributes that it has a property for are there, the others are `ce-` headers. */
export function propertiesOf(event: EventAttributes): Options.Publish {
  return {
    messageId: event.id,
    type: event.type,
    timestamp: Math.floor(event.time.getTime() / 1_000),
    contentType: 'application/json',
    correlationId: event.correlationId,
    headers: headersOf(event),
  };
}
