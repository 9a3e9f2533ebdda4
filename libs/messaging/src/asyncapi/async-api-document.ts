import { BrokerNames } from '../transports/rabbitmq/broker-names.js';
import { EventCatalogue } from '../events/event-catalogue.js';
import { envelopeSchemas, eventChannel, messageObject, sendOperation } from './event-objects.js';
import { NamedSchemas, type Json } from './json-schema.js';
import { queueChannel, receiveOperation } from './queue-objects.js';

const DESCRIPTION = `What happens in the shop, published through RabbitMQ: CloudEvents 1.0, at least once each, in order about one subject.

Attributes that AMQP has a property for are there (\`x-amqp-properties\` of each message), the others are \`ce-\` headers, the body is JSON.
A version of an event only ever gains optional members, so ignore those that you do not know. Recognise a repeated event by its id.`;

/** What the document says of the broker. Hosts and credentials are no part of it. */
export interface BrokerFacts {
  readonly RABBITMQ_NAMESPACE: string;
  readonly RETRY_DELAYS_SECONDS: readonly number[];
}

/** The AsyncAPI 3.0 document of every event in the catalogue, made from the schemas that validate them. */
export class AsyncApiDocument {
  private text: string | undefined;

  constructor(
    private readonly catalogue: EventCatalogue,
    private readonly facts: BrokerFacts,
  ) {}

  /** JSON. Built at the first call: events do not change while the process runs. */
  render(): string {
    this.text ??= JSON.stringify(this.build());
    return this.text;
  }

  private build(): Json {
    const names = new BrokerNames(this.facts.RABBITMQ_NAMESPACE);
    const schemas = new NamedSchemas();
    const events = this.catalogue.events.filter(({ internal }) => internal !== true);
    const queues = [...new EventCatalogue(events).queues].map(([queue, types]) => ({ queue, types }));
    return {
      asyncapi: '3.0.0',
      info: { title: 'Holdfast events', version: '1', description: DESCRIPTION, license: { name: 'MIT' } },
      defaultContentType: 'application/json',
      servers: { rabbitmq: server },
      channels: {
        ...Object.fromEntries(events.map((event) => [event.type, eventChannel(event, names)])),
        ...Object.fromEntries(queues.map((each) => [each.queue, queueChannel(each, names)])),
      },
      operations: {
        ...Object.fromEntries(events.map((event) => [`send.${event.type}`, sendOperation(event)])),
        ...Object.fromEntries(
          queues.map((each) => [
            `receive.${each.queue}`,
            receiveOperation(each, names, this.facts.RETRY_DELAYS_SECONDS),
          ]),
        ),
      },
      components: {
        messages: Object.fromEntries(events.map((event) => [event.type, messageObject(event, schemas)])),
        schemas: { ...envelopeSchemas(), ...schemas.toJSON() },
        securitySchemes: { user: { type: 'userPassword', description: 'A user of the broker.' } },
      },
    };
  }
}

const server = {
  host: '{broker}',
  protocol: 'amqp',
  protocolVersion: '0.9.1',
  description: 'RabbitMQ with quorum queues.',
  variables: {
    broker: {
      default: '127.0.0.1:15674',
      description: 'Host and port of RABBITMQ_URLS, which each installation sets.',
    },
  },
  security: [{ $ref: '#/components/securitySchemes/user' }],
};
