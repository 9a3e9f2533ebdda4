import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MessagingSandbox } from '../../../../../test/support/messaging-sandbox.js';
import { envelopeFor, LOST_QUEUE, testEvents } from '../../../../../test/support/test-consumer.js';
import { Transport } from '../transport.js';

/** Of several versions of RabbitMQ. Not `x-delivery-count`, which the broker writes anew. */
const OF_BROKER = {
  'x-acquired-count': 2,
  'x-opt-seen': 1,
  'x-first-death-queue': 'elsewhere',
  'x-last-death-reason': 'expired',
};

let sandbox: MessagingSandbox;
let transport: Transport;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(testEvents);
  const worker = await sandbox.startWorker([]);
  await worker.connected();
  transport = worker.get(Transport);
});

afterAll(() => sandbox.remove());

const namesIn = async (queue: string) => Object.keys((await sandbox.take(queue)).properties.headers ?? {});

describe('what the broker has noted in a message', () => {
  it('is not in its copy that waits for another try', async () => {
    const until = new AbortController();
    const failure = { error: new Error('not yet'), tries: 1, at: new Date() };
    const consuming = transport.consume({
      queue: LOST_QUEUE,
      prefetch: 1,
      until: until.signal,
      deliver: async (message) => {
        await message.retryLater(failure, 1);
        return 'retried';
      },
    });
    const envelope = envelopeFor('noted', 'item.lost.v1');
    const headers = { ...OF_BROKER, ...envelope.headers };
    sandbox.channel.sendToQueue(sandbox.queue(LOST_QUEUE), Buffer.from('{"weight":1}'), { ...envelope, headers });
    const names = await namesIn('retry.1s');
    until.abort();
    await consuming;
    expect(names).toContain('ce-subject');
    expect(names.filter((name) => name in OF_BROKER)).toEqual([]);
  });

  it('is not in it when it is replayed', async () => {
    const properties = { headers: { ...OF_BROKER, 'ce-subject': 'noted' } };
    const letter = { queue: LOST_QUEUE, id: randomUUID(), body: Buffer.from('{"weight":1}'), properties, replays: 1 };
    expect(await transport.replay(letter)).toEqual({ result: 'confirmed' });
    const names = await namesIn(LOST_QUEUE);
    expect(names).toContain('ce-subject');
    expect(names.filter((name) => name in OF_BROKER)).toEqual([]);
  });
});
