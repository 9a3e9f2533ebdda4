import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox } from '../../../../test/support/messaging-sandbox.js';
import { defineEvent, type EventDefinition, type ReceivedEvent } from '../events/event.js';
import type { ConsumeContext } from './consume-context.js';
import { Consumes } from './consumes.decorator.js';

const QUEUE = 'map.train-seen';

const seen = (type: string) =>
  defineEvent({
    type,
    source: 'track',
    description: 'A train passes.',
    schema: z.object({}),
    example: {},
    queues: ['map.train-seen'],
  });

const TrainLeft = seen('train.left.v1');
const TrainArrived = seen('train.arrived.v1');

@Controller()
class TrainMap {
  @Consumes(TrainLeft, QUEUE, { ordered: true })
  async onLeft(@Payload() event: ReceivedEvent<typeof TrainLeft>, @Ctx() context: ConsumeContext): Promise<void> {
    await note(event, context);
  }

  @Consumes(TrainArrived, QUEUE, { ordered: true })
  async onArrived(@Payload() event: ReceivedEvent<typeof TrainArrived>, @Ctx() context: ConsumeContext): Promise<void> {
    await note(event, context);
  }
}

async function note(event: ReceivedEvent, { tx, attempt }: ConsumeContext): Promise<void> {
  const row = [event.subject, event.sequence, attempt];
  await tx.query('INSERT INTO passed (subject, sequence, attempt) VALUES ($1, $2, $3)', row);
}

let sandbox: MessagingSandbox;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create([TrainLeft, TrainArrived]);
  await sandbox.db.query(
    'CREATE TABLE passed (subject text, sequence int, attempt int, place bigint GENERATED ALWAYS AS IDENTITY)',
  );
  for (const worker of [await sandbox.startWorker([TrainMap]), await sandbox.startWorker([TrainMap])]) {
    await worker.connected();
  }
});

afterAll(() => sandbox.remove());

function send(subject: string, sequence: number, event: EventDefinition = TrainLeft): void {
  sandbox.channel.sendToQueue(sandbox.queue(QUEUE), Buffer.from('{}'), {
    messageId: randomUUID(),
    type: event.type,
    headers: {
      'ce-source': 'track',
      'ce-subject': subject,
      'ce-sequence': sequence,
      'ce-time': new Date().toISOString(),
    },
  });
}

const passed = async (subject: string): Promise<{ sequence: number; attempt: number }[]> =>
  (await sandbox.db.query('SELECT sequence, attempt FROM passed WHERE subject = $1 ORDER BY place', [subject])).rows;

const sequencesOnce = (subject: string, count: number) =>
  eventually(async () => {
    const rows = await passed(subject);
    if (rows.length < count) throw new Error(`${rows.length} of ${count}`);
    return rows.map(({ sequence }) => sequence);
  });

describe('a consumer that asks for order', () => {
  it('handles events about a subject by their sequence, however they arrive and whatever their type', async () => {
    send('early', 3);
    send('early', 2, TrainArrived);
    await eventually(async () => expect(await sandbox.depth('retry.1s')).toBe(2));
    expect(await passed('early')).toEqual([]);
    send('early', 1);
    expect(await sequencesOnce('early', 3)).toEqual([1, 2, 3]);
    expect((await passed('early'))[0]).toMatchObject({ attempt: 1 });
  });

  it('does not apply one that is older than what it has handled', async () => {
    for (const sequence of [1, 2]) send('old', sequence);
    expect(await sequencesOnce('old', 2)).toEqual([1, 2]);
    send('old', 1);
    send('old', 2);
    send('old', 3);
    expect(await sequencesOnce('old', 3)).toEqual([1, 2, 3]);
    await eventually(async () => expect(await sandbox.depth(QUEUE)).toBe(0));
    expect(await passed('old')).toHaveLength(3);
  });

  it('lets a gap that is never filled end in the dead letters, and other subjects go on', async () => {
    send('gap', 2);
    send('whole', 1);
    expect(await sequencesOnce('whole', 1)).toEqual([1]);
    const { properties } = await sandbox.take(`${QUEUE}.dlq`);
    expect(properties.headers).toMatchObject({ 'ce-subject': 'gap', 'x-error-class': 'TooEarly', 'x-tries': 9 });
    expect(await passed('gap')).toEqual([]);
  });
});
