/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { EventCatalogue } from '../events/event-catalogue.js';
import { defineEvent, type EventDefinition } from '../events/event.js';
import type { ConsumerExtras } from './consumes.decorator.js';
import { RegisteredHandlers } from './registered-handlers.js';

const QUEUE = 'reader.items';
const about = { source: 'sender', description: 'An item.', schema: z.object({}), example: {} };
const Packed = defineEvent({ ...about, type: 'item.packed.v1', queues: [QUEUE] });
const Lost = defineEvent({ ...about, type: 'item.lost.v1', queues: [QUEUE] });
const Found = defineEvent({ ...about, type: 'item.found.v1', queues: [] });

/** The handlers of a program with these events, one of which handles packed items. */
function handlersOf(events: readonly EventDefinition[], extras: ConsumerExtras = {}): RegisteredHandlers {
  const handlers = new RegisteredHandlers(new EventCatalogue(events));
  handlers.add(Packed.type, () => Promise.resolve(), { queue: QUEUE, ...extras });
  return handlers;
}

it('a handler gets batches of at most 50 events unless it says otherwise', () => {
  const [queue] = handlersOf([Packed, Found]).queues;
  expect(queue).toMatchObject({ name: QUEUE, type: Packed.type, handler: { batchMax: 50, limitMs: 30_000 } });
});

describe('a process does not start', () => {
  it.each([0, 1.5])('with batches of %d events', (batch) => {
    expect(() => handlersOf([Packed], { batch })).toThrow(`${QUEUE} cannot be handled in batches of ${batch}`);
  });

  it('with batches in transactions of their own', () => {
    expect(() => handlersOf([Packed], { batch: 5, transaction: 'own' })).toThrow('not handled in batches');
  });

  it('when events of several types in one queue would overtake each other', () => {
    expect(() => handlersOf([Packed, Lost])).toThrow('Give each a queue of its own');
  });

  it('when the event does not go to the queue of its handler', () => {
    expect(() => handlersOf([Packed], { queue: 'reader.elsewhere' })).toThrow('does not go to the queue');
  });

  it('with two handlers for one queue', () => {
    const handlers = handlersOf([Packed]);
    expect(() => handlers.add(Packed.type, () => Promise.resolve(), { queue: QUEUE })).toThrow('has two handlers');
  });
});
