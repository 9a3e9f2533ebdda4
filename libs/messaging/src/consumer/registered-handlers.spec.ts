/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineEvent, type EventDefinition } from '../events/event.js';
import { EventCatalogue } from '../events/event-catalogue.js';
import type { ConsumerExtras } from './consumes.decorator.js';
import { RegisteredHandlers } from './registered-handlers.js';

const QUEUE = 'signal.trains';
const about = { source: 'station', description: 'A train.', schema: z.object({}), example: {} };
const Left = defineEvent({ ...about, type: 'train.left.v1', queues: [QUEUE] });
const Arrived = defineEvent({ ...about, type: 'train.arrived.v1', queues: [QUEUE] });
const Stopped = defineEvent({ ...about, type: 'train.stopped.v1', queues: [] });

/** The handlers of the trains that leave, in a program with these events. */
function handlersOf(events: readonly EventDefinition[], extras: ConsumerExtras): RegisteredHandlers {
  const handlers = new RegisteredHandlers(new EventCatalogue(events));
  handlers.add(Left.type, () => Promise.resolve(), { queue: QUEUE, ...extras });
  return handlers;
}

describe('a process does not start', () => {
  it.each<[string, readonly EventDefinition[]]>([
    ['an event of the source does not go to the queue', [Left, Stopped]],
    ['an event of the queue is not handled in order', [Left, Arrived]],
  ])('in order, when %s: it would wait for it for ever', (_why, events) => {
    const handlers = handlersOf(events, { ordered: true });
    expect(() => handlers.queues()).toThrow(`${QUEUE} is ordered, so it must get and handle in order also: train.`);
  });

  it('in batches and in order', () => {
    expect(() => handlersOf([Left], { batch: 5, ordered: true })).toThrow('not both');
  });

  it.each([0, 1.5])('in batches of %d events', (batch) => {
    expect(() => handlersOf([Left], { batch })).toThrow(`${QUEUE} cannot be handled in batches of ${batch}`);
  });

  it('in batches, when events of several types would overtake each other', () => {
    expect(() => handlersOf([Left, Arrived], { batch: 5 })).toThrow('Give each a queue of its own');
  });
});
