import { z } from 'zod';
import { defineEvent, message, type OutboxMessage, type ReceivedEvent } from '../event.js';

/** The queue of a mill that takes what comes in batches. */
export const QUEUE = 'mill.grain-delivered';
export const BATCH_MAX = 8;

export const GrainDelivered = defineEvent({
  type: 'grain.delivered.v1',
  source: 'farm',
  description: 'Grain lies at the mill.',
  schema: z.object({ kilos: z.int() }),
  example: { kilos: 1 },
  queues: [QUEUE],
});
export const GrainMilled = defineEvent({
  type: 'grain.milled.v1',
  source: 'mill',
  description: 'It is flour now.',
  schema: z.object({}),
  example: {},
  queues: [],
});

export type Delivered = ReceivedEvent<typeof GrainDelivered>;

export const delivered = (subject: string, sequence = 1): OutboxMessage =>
  message(GrainDelivered, { subject, sequence, data: { kilos: 1 } });

export const milledEvent = (subject: string, cause: Delivered): OutboxMessage =>
  message(GrainMilled, { subject, sequence: 1, data: {}, cause });
