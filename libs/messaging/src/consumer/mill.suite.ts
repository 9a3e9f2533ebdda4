import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { Pool } from 'pg';
import { z } from 'zod';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import { defineEvent, message, type OutboxMessage, type ReceivedEvent } from '../event.js';
import type { BatchContext } from './consume-context.js';
import { Consumes } from './consumes.decorator.js';

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

/** What the mill does before it grinds, and every try of it, as the subjects in it. */
export const mill = {
  script: (_events: readonly Delivered[], _context: BatchContext): Promise<void> | void => undefined,
  tries: [] as string[][],
};

@Controller()
export class Mill {
  @Consumes(GrainDelivered, QUEUE, { batch: BATCH_MAX })
  async handle(@Payload() events: readonly Delivered[], @Ctx() context: BatchContext): Promise<void> {
    mill.tries.push(events.map(({ subject }) => subject));
    await mill.script(events, context);
    await context.tx.query('INSERT INTO milled (subject, sequence) SELECT * FROM unnest($1::text[], $2::int[])', [
      events.map(({ subject }) => subject),
      events.map(({ sequence }) => sequence),
    ]);
  }
}

export async function sandboxWithMill(): Promise<MessagingSandbox> {
  const sandbox = await MessagingSandbox.create([GrainDelivered, GrainMilled]);
  await sandbox.db.query('CREATE TABLE milled (subject text, sequence int, place bigint GENERATED ALWAYS AS IDENTITY)');
  return sandbox;
}

export async function restartMill(sandbox: MessagingSandbox): Promise<void> {
  mill.script = () => undefined;
  mill.tries.length = 0;
  await sandbox.db.query('TRUNCATE milled RESTART IDENTITY');
}

/** Keeps the mill busy with one event until all others wait in this process, so that they come as a batch. */
export async function together(
  sandbox: MessagingSandbox,
  worker: MessagingWorker,
  send: () => Promise<void> | void,
): Promise<void> {
  const [busy, free] = [new AbortController(), new AbortController()];
  const wanted = mill.script;
  mill.script = async (events, context) => {
    if (events[0]?.subject.startsWith('first') !== true) return wanted(events, context);
    busy.abort();
    await once(free.signal, 'abort');
  };
  const isBusy = once(busy.signal, 'abort');
  await worker.state([delivered(`first-${randomUUID()}`)]);
  await isBusy;
  await send();
  await allTaken(sandbox);
  free.abort();
}
