import { describe, expect, it } from '@jest/globals';
import { AsyncApiDocument, EventCatalogue } from '#messaging';
import { asyncApiErrors } from '../../../test/support/async-api.js';
import { events } from './events.js';

describe('events', () => {
  it.each(events.map((event) => [event.type, event] as const))('%s accepts its example', (_type, event) => {
    expect(event.schema.safeParse(event.example)).toMatchObject({ success: true });
  });

  it.each(events.map((event) => [event.type, event] as const))('%s is named <subject>.<fact>.v<major>', (type) => {
    expect(type).toMatch(/^[a-z]+\.[a-z_]+\.v[1-9]\d*$/);
  });

  it('are listed once each', () => {
    const types = events.map((event) => event.type);
    expect(new Set(types).size).toBe(types.length);
  });

  it('go to queues that are named for the module that reads them, one event a queue', () => {
    const queues = events.flatMap((event) => event.queues);
    expect(new Set(queues).size).toBe(queues.length);
    for (const queue of queues)
      expect(queue).toMatch(/^(catalog|cart|order|inventory|payment|fulfilment|pricing)\.[a-z-]+$/);
  });

  it('make a valid AsyncAPI document', () => {
    const facts = { RABBITMQ_NAMESPACE: 'holdfast', RETRY_DELAYS_SECONDS: [5, 30] };
    const document = JSON.parse(new AsyncApiDocument(new EventCatalogue(events), facts).render());
    expect(asyncApiErrors(document)).toEqual([]);
    expect(Object.keys(document.components.messages)).toEqual(
      events.filter(({ internal }) => internal !== true).map(({ type }) => type),
    );
  });
});
