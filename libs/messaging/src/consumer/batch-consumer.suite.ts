import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { z } from 'zod';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import { defineEvent, message, type OutboxMessage, type ReceivedEvent } from '../events/event.js';
import type { BatchContext } from './consume-context.js';
import { Consumes } from './consumes.decorator.js';

/** The queue of a consumer that handles batches. */
export const QUEUE = 'warehouse.item-received';
export const BATCH_MAX = 8;

export const ItemReceived = defineEvent({
  type: 'item.received.v1',
  source: 'shop',
  description: 'An item has arrived.',
  schema: z.object({ quantity: z.int() }),
  example: { quantity: 1 },
  queues: [QUEUE],
});
export const ItemStored = defineEvent({
  type: 'item.stored.v1',
  source: 'warehouse',
  description: 'It is on its shelf.',
  schema: z.object({}),
  example: {},
  queues: [],
});

export type Received = ReceivedEvent<typeof ItemReceived>;

export const received = (subject: string, sequence = 1): OutboxMessage =>
  message(ItemReceived, { subject, sequence, data: { quantity: 1 } });

export const stored = (subject: string, cause: Received): OutboxMessage =>
  message(ItemStored, { subject, sequence: 1, data: {}, cause });

/** What a program of somebody else's would send, with an id written in its own way. */
export const envelopeOf = (subject: string) => ({
  messageId: randomUUID().toUpperCase(),
  type: ItemReceived.type,
  headers: { 'ce-source': 'shop', 'ce-subject': subject, 'ce-sequence': 1, 'ce-time': new Date().toISOString() },
});

type Envelope = ReturnType<typeof envelopeOf>;

export const names = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** What the consumer does before it writes its rows, and the subjects of every try. */
export const testConsumer = {
  script: (_events: readonly Received[], _context: BatchContext): Promise<void> | void => undefined,
  tries: [] as string[][],
};

@Controller()
export class ItemConsumer {
  @Consumes(ItemReceived, QUEUE, { batch: BATCH_MAX })
  async handle(@Payload() events: readonly Received[], @Ctx() context: BatchContext): Promise<void> {
    testConsumer.tries.push(events.map(({ subject }) => subject));
    await testConsumer.script(events, context);
    await context.tx.query('INSERT INTO stored_items (subject, sequence) SELECT * FROM unnest($1::text[], $2::int[])', [
      events.map(({ subject }) => subject),
      events.map(({ sequence }) => sequence),
    ]);
  }
}

/** A running worker with a database and names on the broker of its own. */
export class BatchConsumerSandbox {
  private parts: { readonly messaging: MessagingSandbox; readonly worker: MessagingWorker } | undefined;

  /** For all tests of a spec; nothing is stored before each. */
  static forSpec(): BatchConsumerSandbox {
    const sandbox = new BatchConsumerSandbox();
    beforeAll(() => sandbox.start({}));
    beforeEach(() => sandbox.clear());
    afterAll(() => sandbox.messaging.remove());
    return sandbox;
  }

  static async open(env: Readonly<Record<string, string>>): Promise<BatchConsumerSandbox> {
    const sandbox = new BatchConsumerSandbox();
    await sandbox.start(env);
    return sandbox;
  }

  get messaging(): MessagingSandbox {
    return this.parts!.messaging;
  }

  get worker(): MessagingWorker {
    return this.parts!.worker;
  }

  /** The stored subjects in the order of their effects, once there are so many. */
  storedOnce(count: number): Promise<string[]> {
    return eventually(async () => {
      const { rows } = await this.messaging.db.query('SELECT subject, sequence FROM stored_items ORDER BY place');
      if (rows.length < count) throw new Error(`${rows.length} of ${count} are stored`);
      return rows.map((row) => (row.sequence === 1 ? row.subject : `${row.subject} ${row.sequence}`));
    });
  }

  /** A message as somebody else's program would send it. */
  send(envelope: Envelope): void {
    this.messaging.channel.sendToQueue(this.messaging.queue(QUEUE), Buffer.from('{"quantity":1}'), envelope);
  }

  /** One event about each of these, in one batch. */
  deliverTogether(subjects: readonly string[]): Promise<void> {
    return this.together(() => this.worker.publish(subjects.map((name) => received(name))));
  }

  /** Keeps the consumer busy with one event until all others wait in this process, so that they come as a batch. */
  async together(send: () => Promise<void> | void): Promise<void> {
    const [busy, free] = [new AbortController(), new AbortController()];
    const wanted = testConsumer.script;
    testConsumer.script = async (events, context) => {
      if (events[0]?.subject.startsWith('first') !== true) return wanted(events, context);
      busy.abort();
      await once(free.signal, 'abort');
    };
    const isBusy = once(busy.signal, 'abort');
    await this.worker.publish([received(`first-${randomUUID()}`)]);
    await isBusy;
    await send();
    await this.allTaken();
    free.abort();
  }

  /** Waits until every published event has come to a worker. */
  allTaken(): Promise<void> {
    return eventually(async () => {
      const { rows } = await this.messaging.db.query('SELECT FROM messaging.outbox WHERE published_at IS NULL');
      const waiting = rows.length + (await this.messaging.depth(QUEUE));
      if (waiting > 0) throw new Error(`${waiting} deliveries have not come.`);
    });
  }

  private async start(env: Readonly<Record<string, string>>): Promise<void> {
    const messaging = await MessagingSandbox.create([ItemReceived, ItemStored]);
    await messaging.db.query(
      'CREATE TABLE stored_items (subject text, sequence int, place bigint GENERATED ALWAYS AS IDENTITY)',
    );
    const worker = await messaging.startWorker([ItemConsumer], env);
    await worker.connected();
    this.parts = { messaging, worker };
  }

  private async clear(): Promise<void> {
    testConsumer.script = () => undefined;
    testConsumer.tries.length = 0;
    await this.messaging.db.query('TRUNCATE stored_items RESTART IDENTITY');
  }
}
