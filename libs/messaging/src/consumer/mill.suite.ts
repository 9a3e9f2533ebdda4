import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
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

/** What a program of somebody else's would send, with an id written in its own way. */
export const envelopeOf = (subject: string) => ({
  messageId: randomUUID().toUpperCase(),
  type: GrainDelivered.type,
  headers: { 'ce-source': 'farm', 'ce-subject': subject, 'ce-sequence': 1, 'ce-time': new Date().toISOString() },
});

type Envelope = ReturnType<typeof envelopeOf>;

export const names = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

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

/** A running mill with a database and names on the broker of its own. */
export class MillSite {
  private parts: { readonly sandbox: MessagingSandbox; readonly worker: MessagingWorker } | undefined;

  /** For all tests of a spec; nothing has been milled before each. */
  static forSpec(): MillSite {
    const site = new MillSite();
    beforeAll(() => site.start({}));
    beforeEach(() => site.clear());
    afterAll(() => site.sandbox.remove());
    return site;
  }

  static async open(env: Readonly<Record<string, string>>): Promise<MillSite> {
    const site = new MillSite();
    await site.start(env);
    return site;
  }

  get sandbox(): MessagingSandbox {
    return this.parts!.sandbox;
  }

  get worker(): MessagingWorker {
    return this.parts!.worker;
  }

  /** What has been milled, once it is so much, in the order in which it took effect. */
  milledOnce(count: number): Promise<string[]> {
    return eventually(async () => {
      const { rows } = await this.sandbox.db.query('SELECT subject, sequence FROM milled ORDER BY place');
      if (rows.length < count) throw new Error(`${rows.length} of ${count} have been milled`);
      return rows.map((row) => (row.sequence === 1 ? row.subject : `${row.subject} ${row.sequence}`));
    });
  }

  /** A message as somebody else's program would send it. */
  send(envelope: Envelope): void {
    this.sandbox.channel.sendToQueue(this.sandbox.queue(QUEUE), Buffer.from('{"kilos":1}'), envelope);
  }

  /** One event about each of these, in one batch. */
  deliverTogether(subjects: readonly string[]): Promise<void> {
    return this.together(() => this.worker.state(subjects.map((name) => delivered(name))));
  }

  /** Keeps the mill busy with one event until all others wait in this process, so that they come as a batch. */
  async together(send: () => Promise<void> | void): Promise<void> {
    const [busy, free] = [new AbortController(), new AbortController()];
    const wanted = mill.script;
    mill.script = async (events, context) => {
      if (events[0]?.subject.startsWith('first') !== true) return wanted(events, context);
      busy.abort();
      await once(free.signal, 'abort');
    };
    const isBusy = once(busy.signal, 'abort');
    await this.worker.state([delivered(`first-${randomUUID()}`)]);
    await isBusy;
    await send();
    await this.allTaken();
    free.abort();
  }

  /** Waits until everything that was stated has come to a worker. */
  allTaken(): Promise<void> {
    return eventually(async () => {
      const { rows } = await this.sandbox.db.query('SELECT FROM messaging.outbox WHERE published_at IS NULL');
      const waiting = rows.length + (await this.sandbox.depth(QUEUE));
      if (waiting > 0) throw new Error(`${waiting} deliveries have not come.`);
    });
  }

  private async start(env: Readonly<Record<string, string>>): Promise<void> {
    const sandbox = await MessagingSandbox.create([GrainDelivered, GrainMilled]);
    await sandbox.db.query(
      'CREATE TABLE milled (subject text, sequence int, place bigint GENERATED ALWAYS AS IDENTITY)',
    );
    const worker = await sandbox.startWorker([Mill], env);
    await worker.connected();
    this.parts = { sandbox, worker };
  }

  private async clear(): Promise<void> {
    mill.script = () => undefined;
    mill.tries.length = 0;
    await this.sandbox.db.query('TRUNCATE milled RESTART IDENTITY');
  }
}
