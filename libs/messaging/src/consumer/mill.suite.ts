import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { z } from 'zod';
import { eventually } from '../../../../test/support/eventually.js';
import type { MessagingSandbox } from '../../../../test/support/messaging-sandbox.js';
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

/** What has been milled, once it is so much, in the order in which it took effect. */
export function onceMilled(db: Pool, count: number): Promise<string[]> {
  return eventually(async () => {
    const { rows } = await db.query('SELECT subject, sequence FROM milled ORDER BY place');
    if (rows.length < count) throw new Error(`${rows.length} of ${count} have been milled`);
    return rows.map((row) => (row.sequence === 1 ? row.subject : `${row.subject} ${row.sequence}`));
  });
}

/** What a program of somebody else's would send, with an id written in its own way. */
export const envelopeOf = (subject: string) => ({
  messageId: randomUUID().toUpperCase(),
  type: GrainDelivered.type,
  headers: { 'ce-source': 'farm', 'ce-subject': subject, 'ce-sequence': 1, 'ce-time': new Date().toISOString() },
});

export const names = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** Waits until everything that was stated has come to a worker. */
export const allTaken = (sandbox: MessagingSandbox): Promise<void> =>
  eventually(async () => {
    const { rows } = await sandbox.db.query('SELECT FROM messaging.outbox WHERE published_at IS NULL');
    const waiting = rows.length + (await sandbox.depth(QUEUE));
    if (waiting > 0) throw new Error(`${waiting} deliveries have not come.`);
  });
