import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { asyncApiErrors, errorsAt } from '../../../../test/support/async-api.js';
import { ItemLost, testEvents } from '../../../../test/support/test-consumer.js';
import { propertiesOf } from '../transports/rabbitmq/event-properties.js';
import { EventCatalogue } from '../events/event-catalogue.js';
import { defineEvent, type EventDefinition } from '../events/event.js';
import { AsyncApiDocument } from './async-api-document.js';

const facts = { RABBITMQ_NAMESPACE: 'shop', RETRY_DELAYS_SECONDS: [5, 120] };
const documentOf = (events: readonly EventDefinition[]) =>
  JSON.parse(new AsyncApiDocument(new EventCatalogue(events), facts).render());
const document = documentOf(testEvents);

const sent = propertiesOf({
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  type: 'item.lost.v1',
  source: 'sender',
  subject: 'item-1',
  sequence: 7,
  time: new Date(),
  correlationId: '4bf92f3577b34da6a3ce929d0e0e4736',
  causationId: '01890a5d-ac96-774b-bcce-b302099a8058',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
});

/** Weight may be given in a unit that another event calls by the same name. */
const withUnit = (type: string, unit: z.ZodType) =>
  defineEvent({
    ...ItemLost,
    type,
    schema: z.object({ weight: z.int(), unit: unit.meta({ id: 'Unit' }) }),
    example: { weight: 1, unit: 'kg' },
  });

describe('the AsyncAPI document', () => {
  it('is valid, and a document with a flaw is not', () => {
    expect(asyncApiErrors(document)).toEqual([]);
    const { operations: _, ...rest } = document;
    expect(asyncApiErrors({ ...rest, operations: { broken: { action: 'shout' } } })).not.toEqual([]);
  });

  it('has every reference resolved, schemas with names included', () => {
    const named = documentOf([withUnit('item.lost.v2', z.enum(['kg', 'g']))]);
    expect(asyncApiErrors(named)).toEqual([]);
    expect(named.components.schemas.Unit).toMatchObject({ enum: ['kg', 'g'] });
    for (const each of [document, named]) {
      const references = [...JSON.stringify(each).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
      expect(references.length).toBeGreaterThan(10);
      for (const path of references) {
        const target = path.split('/').reduce((node: any, part) => node?.[part], each);
        expect([path, typeof target]).toEqual([path, 'object']);
      }
    }
  });

  it('refuses two schemas of one name', () => {
    const [left, right] = [z.enum(['kg']), z.enum(['kg', 'lb'])];
    expect(() => documentOf([withUnit('item.lost.v2', left), withUnit('item.found.v1', right)])).toThrow(
      'Two schemas of events are called Unit.',
    );
  });

  it('describes exactly the headers and properties that the relay sends', () => {
    const { headers, ...properties } = sent;
    const { EventHeaders, EventProperties } = document.components.schemas;
    expect(Object.keys(EventHeaders.properties).toSorted()).toEqual(Object.keys(headers).toSorted());
    expect(Object.keys(EventProperties.properties).toSorted()).toEqual(Object.keys(properties).toSorted());
    expect(errorsAt(document, '/components/schemas/EventHeaders', headers)).toEqual([]);
    expect(errorsAt(document, '/components/schemas/EventProperties', properties)).toEqual([]);
    const own = '/components/messages/item.lost.v1/headers';
    expect(errorsAt(document, own, headers)).toEqual([]);
    expect(errorsAt(document, own, { ...headers, 'ce-source': 'reader' })).not.toEqual([]);
    expect(errorsAt(document, own, { ...headers, 'ce-sequence': 0 })).not.toEqual([]);
  });

  it('describes the body as readers are to take it: members that they do not know are none of their business', () => {
    const payload = '/components/messages/item.lost.v1/payload';
    expect(errorsAt(document, payload, { weight: 1, colour: 'red' })).toEqual([]);
    expect(errorsAt(document, payload, { weight: 0 })).not.toEqual([]);
    for (const { examples, headers: _, ...rest } of Object.values<any>(document.components.messages)) {
      for (const example of examples) {
        expect(errorsAt(document, `/components/messages/${rest.name}/payload`, example.payload)).toEqual([]);
        expect(errorsAt(document, `/components/messages/${rest.name}/headers`, example.headers)).toEqual([]);
      }
    }
  });

  it('tells who states an event, who reads it from which queue, and what becomes of one that fails', () => {
    expect(document.operations['send.item.packed.v1']).toMatchObject({
      action: 'send',
      tags: [{ name: 'sender' }],
      bindings: { amqp: { mandatory: true, deliveryMode: 2 } },
    });
    expect(document.channels['item.packed.v1']).toMatchObject({
      address: 'item.packed.v1',
      bindings: { amqp: { is: 'routingKey', exchange: { name: 'shop.events', type: 'topic', durable: true } } },
    });
    expect(document.channels['reader.item-packed']).toMatchObject({
      address: 'shop.reader.item-packed',
      bindings: { amqp: { is: 'queue', queue: { name: 'shop.reader.item-packed', durable: true } } },
      'x-dead-letter-queue': 'shop.reader.item-packed.dlq',
    });
    const { description, tags } = document.operations['receive.reader.item-packed'];
    expect(tags).toEqual([{ name: 'reader' }]);
    expect(description).toContain('`shop.retry.5s`, `shop.retry.2m` in turn');
  });

  it('names no host and no credential', () => {
    expect(document.servers.rabbitmq.host).toBe('{broker}');
    expect(JSON.stringify(document)).not.toMatch(/amqps?:\/\//);
  });
});
