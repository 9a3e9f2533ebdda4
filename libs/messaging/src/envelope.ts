import type { ConsumeMessage, Options } from 'amqplib';
import { z } from 'zod';
import type { EventCatalogue } from './event-catalogue.js';
import type { ReceivedEvent } from './event.js';

/** A body larger than this is no event of ours. */
export const BODY_BYTES_MAX = 256 * 1024;

/** What is known of an event beside its body. CloudEvents 1.0, plus correlation, causation and W3C trace context. */
export interface EventAttributes {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly sequence: number;
  readonly time: Date;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string;
}

/** The message cannot be understood, and will not be the next time either. */
export class UnreadableMessage extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UnreadableMessage';
  }
}

/** AMQP 0-9-1 has no CloudEvents binding: attributes that it has a property for are there, the others are `ce-` headers. */
export function propertiesOf(event: EventAttributes): Options.Publish {
  return {
    messageId: event.id,
    type: event.type,
    timestamp: Math.floor(event.time.getTime() / 1_000),
    contentType: 'application/json',
    correlationId: event.correlationId,
    headers: {
      'ce-specversion': '1.0',
      'ce-source': event.source,
      'ce-subject': event.subject,
      'ce-sequence': event.sequence,
      'ce-time': event.time.toISOString(),
      ...(event.causationId !== null && { causationid: event.causationId }),
      traceparent: event.traceparent,
    },
  };
}

const envelope = z.object({
  messageId: z.uuid(),
  type: z.string(),
  correlationId: z.string().min(1).max(255).optional(),
  headers: z.object({
    'ce-source': z.string().min(1).max(255),
    'ce-subject': z.string().min(1).max(255),
    'ce-sequence': z.int().min(1),
    'ce-time': z.iso.datetime(),
    causationid: z.string().max(255).optional(),
  }),
});

/** @throws {UnreadableMessage} when the envelope, the type or the body is not what the catalogue says. */
export function readEvent({ properties, content }: ConsumeMessage, catalogue: EventCatalogue): ReceivedEvent {
  const parsed = envelope.safeParse(properties);
  if (!parsed.success) throw new UnreadableMessage(`The envelope is incomplete: ${z.prettifyError(parsed.error)}`);
  const { messageId: id, type, correlationId, headers } = parsed.data;
  const event = catalogue.find(type);
  if (!event) throw new UnreadableMessage(`No event of this program has the type ${type.slice(0, 100)}.`);
  const body = event.schema.safeParse(jsonOf(content));
  if (!body.success) throw new UnreadableMessage(`The body does not fit ${type}: ${z.prettifyError(body.error)}`);
  return {
    id,
    type,
    source: headers['ce-source'],
    subject: headers['ce-subject'],
    time: new Date(headers['ce-time']),
    sequence: headers['ce-sequence'],
    correlationId: correlationId ?? id,
    causationId: headers.causationid,
    data: body.data,
  };
}

function jsonOf(content: Buffer): unknown {
  if (content.length > BODY_BYTES_MAX) throw new UnreadableMessage(`The body has ${content.length} bytes.`);
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    throw new UnreadableMessage('The body is not JSON.');
  }
}
