import type { BrokerNames } from '../transports/rabbitmq/broker-names.js';
import { headersOf, headersSchema, propertiesSchema } from '../events/envelope.js';
import type { EventDefinition } from '../events/event.js';
import { jsonSchemaOf, type Json, type NamedSchemas } from './json-schema.js';

export const BINDING = { bindingVersion: '0.3.0' };
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

/** Headers and properties that all events have, for `components.schemas`. */
export const envelopeSchemas = (): Json => ({
  EventHeaders: jsonSchemaOf(headersSchema),
  EventProperties: jsonSchemaOf(propertiesSchema),
});

export function messageObject(event: EventDefinition, schemas: NamedSchemas): Json {
  const { type, source, description, schema, example } = event;
  return {
    name: type,
    title: type,
    summary: description,
    contentType: 'application/json',
    headers: {
      allOf: [{ $ref: '#/components/schemas/EventHeaders' }, { properties: { 'ce-source': { const: source } } }],
    },
    payload: schemas.add(schema),
    bindings: { amqp: { messageType: type, ...BINDING } },
    examples: [{ name: 'typical', headers: exampleHeaders(event), payload: example }],
    'x-amqp-properties': { $ref: '#/components/schemas/EventProperties' },
  };
}

/** Where one type of event is published: a routing key of the topic exchange. */
export function eventChannel({ type, description }: EventDefinition, names: BrokerNames): Json {
  const exchange = { name: names.events, type: 'topic', durable: true, autoDelete: false };
  return {
    address: type,
    title: type,
    description: `${description} Bind a queue of your own to \`${names.events}\` with this routing key to get it.`,
    servers: [{ $ref: '#/servers/rabbitmq' }],
    messages: { [type]: { $ref: `#/components/messages/${type}` } },
    bindings: { amqp: { is: 'routingKey', exchange, ...BINDING } },
  };
}

export function sendOperation({ type, source, description, queues }: EventDefinition): Json {
  const readers = queues.length === 0 ? 'No queue of this program wants it.' : `For ${queues.join(', ')}.`;
  return {
    action: 'send',
    channel: { $ref: channelRef(type) },
    summary: `The module ${source} publishes: ${description}`,
    description: `At least once, in the order of \`ce-sequence\` for a subject. ${readers}`,
    tags: [{ name: source }],
    messages: [{ $ref: `${channelRef(type)}/messages/${type}` }],
    bindings: { amqp: { deliveryMode: 2, mandatory: queues.length > 0, timestamp: true, ...BINDING } },
  };
}

export const channelRef = (name: string): string => `#/channels/${name}`;

function exampleHeaders({ type, source }: EventDefinition): unknown {
  return headersOf({
    id: ID,
    type,
    source,
    subject: 'subject_01h2xcejqtf2nbrexx3vqjhp41',
    sequence: 1,
    time: new Date('2026-01-31T12:00:00.000Z'),
    correlationId: '4bf92f3577b34da6a3ce929d0e0e4736',
    causationId: null,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  });
}
