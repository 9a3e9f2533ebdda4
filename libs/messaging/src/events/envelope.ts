import { z } from 'zod';
import { unstorableTextIn } from '#kernel';
import type { IncomingMessage } from '../transports/transport.js';
import type { EventCatalogue } from './event-catalogue.js';
import type { EventAttributes, ReceivedEvent } from './event.js';

/** A body larger than this is no event of ours. */
export const BODY_BYTES_MAX = 256 * 1024;

/** The message cannot be understood, and will not be the next time either. */
export class UnreadableMessage extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UnreadableMessage';
  }
}

/** The attributes that travel as headers. Id, type and correlation id have fields of their own in every transport. */
export function headersOf(event: EventAttributes): Record<string, unknown> {
  return {
    'ce-specversion': '1.0',
    'ce-source': event.source,
    'ce-subject': event.subject,
    'ce-sequence': event.sequence,
    'ce-time': event.time.toISOString(),
    ...(event.causationId !== null && { causationid: event.causationId }),
    traceparent: event.traceparent,
  };
}

/** The headers of every event, as `headersOf` writes them. */
export const headersSchema = z.object({
  'ce-specversion': z.literal('1.0').meta({ description: 'Version of CloudEvents that these attributes follow.' }),
  'ce-source': z.string().min(1).max(255).meta({
    format: 'uri-reference',
    description:
      'The module that publishes the event, a relative URI reference. With `ce-subject` it names one sequence.',
  }),
  'ce-subject': z.string().min(1).max(255).meta({ description: 'Id of what the event is about.' }),
  'ce-sequence': z.int().min(1).meta({
    description:
      'Position among the events of this source about this subject, from 1 without gaps. An integer, not a string.',
  }),
  'ce-time': z.iso.datetime().meta({ description: 'When the transaction that added the event began.' }),
  causationid: z.string().max(255).optional().meta({ description: 'Id of the event whose handling added this one.' }),
  traceparent: z.string().max(255).meta({ description: 'W3C trace context of the request that began it all.' }),
});

/** What of an event's attributes AMQP has a property for. */
export const propertiesSchema = z.object({
  messageId: z
    .uuid()
    .meta({ description: 'CloudEvents `id`, a UUIDv7. The same one means the same event: handle it once.' }),
  type: z.string().max(255).meta({ description: 'CloudEvents `type`, also the routing key.' }),
  timestamp: z.int().meta({ description: 'Seconds since 1970; `ce-time` is more precise.' }),
  contentType: z.literal('application/json').meta({ description: 'CloudEvents `datacontenttype`.' }),
  correlationId: z
    .string()
    .min(1)
    .max(255)
    .meta({ description: 'Shared by everything that one request has brought about.' }),
});

/** What a message must have: less than is sent, so that another program can send one with little. */
const envelope = z.object({
  id: propertiesSchema.shape.messageId,
  type: propertiesSchema.shape.type,
  correlationId: propertiesSchema.shape.correlationId.optional(),
  headers: headersSchema.omit({ traceparent: true }).partial({ 'ce-specversion': true }),
});

/** @throws {UnreadableMessage} when the envelope, the type or the body is not what the catalogue says. */
export function readEvent(message: IncomingMessage, catalogue: EventCatalogue): ReceivedEvent {
  const parsed = envelope.safeParse(message);
  if (!parsed.success) throw new UnreadableMessage(`The envelope is incomplete: ${z.prettifyError(parsed.error)}`);
  const { type, correlationId, headers } = parsed.data;
  const event = catalogue.find(type);
  if (!event) throw new UnreadableMessage(`No event of this program has the type ${type.slice(0, 100)}.`);
  const body = event.schema.safeParse(jsonOf(message.body));
  if (!body.success) throw new UnreadableMessage(`The body does not fit ${type}: ${z.prettifyError(body.error)}`);
  const unstorable = unstorableTextIn({ ...parsed.data, body: body.data });
  if (unstorable !== undefined)
    throw new UnreadableMessage(`PostgreSQL cannot store the text of ${unstorable.join('.')}.`);
  // As PostgreSQL writes it: the inbox is compared with it.
  const id = parsed.data.id.toLowerCase();
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
