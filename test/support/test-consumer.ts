import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { Pool } from 'pg';
import { z } from 'zod';
import { Consumes, defineEvent, message, type BatchContext, type OutboxMessage, type ReceivedEvent } from '#messaging';
import { eventually } from './eventually.js';

const schema = z.object({ weight: z.int().min(1), note: z.string().optional() });
const example = { weight: 1 };

/** Two queues want it: what happens in one must not show in the other. */
export const ItemPacked = defineEvent({
  type: 'item.packed.v1',
  source: 'sender',
  description: 'An item is ready to leave.',
  schema,
  example,
  queues: ['sender.item-packed', 'reader.item-packed'],
});

export const ItemLost = defineEvent({
  type: 'item.lost.v1',
  source: 'sender',
  description: 'Nobody knows where the item is.',
  schema,
  example,
  queues: ['sender.item-lost'],
});

export const testEvents = [ItemPacked, ItemLost];

export const PACKED_QUEUE = 'sender.item-packed';
export const READER_QUEUE = 'reader.item-packed';
export const LOST_QUEUE = 'sender.item-lost';

/** Handlers write a row for each effect. */
export const EFFECTS_TABLE = `
  CREATE TABLE effects (queue text, subject text, sequence int, attempt int, place bigint GENERATED ALWAYS AS IDENTITY)`;

type Event = ReceivedEvent<typeof ItemPacked>;
export type Script = (event: Event, context: BatchContext & { readonly attempt: number }) => Promise<void>;

/** What a test wants the handlers to do, by subject, before they write their row. */
export const scripts = new Map<string, Script>();

/** How often each queue's handler got an event, by queue and event id. */
const calls = new Map<string, number>();

async function takeEffect(queue: string, events: readonly Event[], context: BatchContext): Promise<void> {
  for (const event of events) {
    const { id, subject, sequence } = event;
    const attempt = (calls.get(`${queue} ${id}`) ?? 0) + 1;
    calls.set(`${queue} ${id}`, attempt);
    if (queue !== READER_QUEUE) await scripts.get(subject)?.(event, { ...context, attempt });
    await context.tx.query('INSERT INTO effects (queue, subject, sequence, attempt) VALUES ($1, $2, $3, $4)', [
      queue,
      subject,
      sequence,
      attempt,
    ]);
  }
}

@Controller()
export class TestConsumer {
  @Consumes(ItemPacked, PACKED_QUEUE)
  async onPacked(@Payload() events: readonly Event[], @Ctx() context: BatchContext): Promise<void> {
    await takeEffect(PACKED_QUEUE, events, context);
  }

  @Consumes(ItemLost, LOST_QUEUE, { limitMs: 300 })
  async onLost(@Payload() events: readonly Event[], @Ctx() context: BatchContext): Promise<void> {
    await takeEffect(LOST_QUEUE, events, context);
  }
}

@Controller()
export class ReaderConsumer {
  @Consumes(ItemPacked, READER_QUEUE)
  async onPacked(@Payload() events: readonly Event[], @Ctx() context: BatchContext): Promise<void> {
    await takeEffect(READER_QUEUE, events, context);
  }
}

export const packed = (subject: string, sequence = 1): OutboxMessage =>
  message(ItemPacked, { subject, sequence, data: { weight: 5 } });

export const lost = (subject: string, sequence = 1): OutboxMessage =>
  message(ItemLost, { subject, sequence, data: { weight: 5 } });

/** The properties with which the relay would send the first event about a subject. */
export const envelopeFor = (subject: string, type = 'item.packed.v1') => ({
  messageId: randomUUID(),
  type,
  headers: { 'ce-source': 'sender', 'ce-subject': subject, 'ce-sequence': 1, 'ce-time': new Date().toISOString() },
});

export interface Effect {
  readonly sequence: number;
  /** The try that succeeded. */
  readonly attempt: number;
}

/** What the handlers of a queue have done about a subject, in the order in which they did it. */
export async function effectsOf(db: Pool, subject: string, queue = PACKED_QUEUE): Promise<Effect[]> {
  const sql = 'SELECT sequence, attempt FROM effects WHERE subject = $1 AND queue = $2 ORDER BY place';
  return (await db.query<Effect>(sql, [subject, queue])).rows;
}

/** Waits until that many have taken effect. */
export function effectsOnce(db: Pool, count: number, subject: string, queue = PACKED_QUEUE): Promise<Effect[]> {
  return eventually(async () => {
    const rows = await effectsOf(db, subject, queue);
    if (rows.length < count) throw new Error(`${rows.length} effects on ${subject} in ${queue}`);
    return rows;
  });
}
