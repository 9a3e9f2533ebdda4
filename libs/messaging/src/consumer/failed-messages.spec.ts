import type { Socket } from 'node:net';
import { connect } from 'amqplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import { loadConfig } from '#config';
import { HealthChecks, Metrics } from '#observability';
import {
  TestConsumer,
  EFFECTS_TABLE,
  envelopeFor,
  packed,
  PACKED_QUEUE,
  testEvents,
  scripts,
} from '../../../../test/support/test-consumer.js';
import { KeptMessages } from './kept-messages.js';

const TRIES_A_DELIVERY = 3;
const RETRY_QUEUE = 'retry.1s';

let sandbox: MessagingSandbox;
let worker: MessagingWorker;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(testEvents);
  await sandbox.db.query(EFFECTS_TABLE);
  // Longer than a test may take: whoever waited for it would be seen.
  worker = await sandbox.startWorker([TestConsumer], { SHUTDOWN_TIMEOUT_SECONDS: '300' });
  await worker.connected();
});

afterAll(() => sandbox.remove());

beforeEach(() => scripts.clear());

/** The queue of the first retry level becomes one that is full with nothing in it. */
async function fillRetryQueue(): Promise<void> {
  await sandbox.channel.deleteQueue(sandbox.queue(RETRY_QUEUE));
  const full = { 'x-max-length': 0, 'x-overflow': 'reject-publish' };
  await sandbox.channel.assertQueue(sandbox.queue(RETRY_QUEUE), { arguments: full });
  await sandbox.channel.bindQueue(sandbox.queue(RETRY_QUEUE), sandbox.queue(RETRY_QUEUE), '');
}

const manyHeaders = (count: number, value: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, value]));

/** A header that amqplib reads, and cannot write again. */
const UNWRITABLE = { '!': 'double', value: -1e300 };

it('one that no queue takes is kept until one does, and is not delivered again and again', async () => {
  let tries = 0;
  let mended = false;
  scripts.set('refused', async () => {
    tries += 1;
    if (!mended) throw new Error('not yet');
  });
  await fillRetryQueue();
  await worker.publish([packed('refused')]);
  await eventually(() => expect(tries).toBe(TRIES_A_DELIVERY));
  // Given back, it would have come again by then.
  await setTimeout(3_000);
  expect(tries).toBe(TRIES_A_DELIVERY);
  mended = true;
  await sandbox.channel.deleteQueue(sandbox.queue(RETRY_QUEUE));
  await eventually(async () => {
    const { rows } = await sandbox.db.query(`SELECT attempt FROM effects WHERE subject = 'refused'`);
    expect(rows).toEqual([{ attempt: TRIES_A_DELIVERY + 1 }]);
  });
});

it.each([
  ['a value that has no text', Object.create(null) as unknown, '[Object: null prototype] {}'],
  ['an error whose message is none', Object.assign(new Error(), { message: { deep: true } }), '{ deep: true }'],
])('one that failed by %s is in the dead letters with what can be said', async (name, thrown, text) => {
  scripts.set(name, async () => {
    throw thrown;
  });
  await worker.publish([packed(name)]);
  const { properties } = await sandbox.take(`${PACKED_QUEUE}.dlq`);
  expect(properties.headers).toMatchObject({ 'ce-subject': name, 'x-tries': 9, 'x-error': text });
});

/** The second when it is sent. Encoded, no other part of a message looks like it. */
const SPOILT_TIME = 2 ** 60;

/**
 * amqplib itself sends UTF-8 only, and no time past 2^64 - 2048: bytes that are none take the place of every long run of tildes, and the last
 * time that there is that of `SPOILT_TIME`.
 */
const spoilt = (bytes: Buffer): Buffer =>
  Buffer.from(
    bytes
      .toString('latin1')
      .replaceAll(/~{100,}/g, (run) => '\xFF'.repeat(run.length))
      .replaceAll('\x10\0\0\0\0\0\0\0', '\xFF'.repeat(8)),
    'latin1',
  );

const letterOf = (name: string) =>
  eventually(async () => {
    const { rows } = await sandbox.db.query(
      `SELECT error, body, attempts, properties FROM messaging.dead_letters WHERE body = $1`,
      [Buffer.from(name)],
    );
    expect(rows).toHaveLength(1);
    return rows[0]!;
  });

describe('one that is unreadable goes to the dead letters at the first try, with its bytes,', () => {
  it.each([
    ['16 headers of 4,000 characters', { headers: manyHeaders(16, 'x'.repeat(4_000)) }],
    ['40 headers of 500 characters of three bytes', { headers: manyHeaders(40, '語'.repeat(500)) }],
    ['names of headers of 255 bytes', { headers: { ['n'.repeat(255)]: 1, ['語'.repeat(85)]: 2 } }],
    ['numbers at the ends of their ranges', { headers: { a: 2 ** 63, b: -(2 ** 63), c: 1e308, d: 0.1 } }],
    ['a header that can be read and not be written', { headers: { a: UNWRITABLE } }],
    ['a time in the far future', { timestamp: 2 ** 53 }],
    [
      'texts of 255 bytes as its properties',
      { type: '語'.repeat(85), correlationId: 'c'.repeat(255), appId: 'a'.repeat(255) },
    ],
  ])('although it has %s', async (name, properties) => {
    sandbox.channel.sendToQueue(sandbox.queue(PACKED_QUEUE), Buffer.from(`{ ${name}`), properties);
    expect(await letterOf(`{ ${name}`)).toMatchObject({ error: 'UnreadableMessage', attempts: 1 });
  });
});

it('one that has more headers than can be sent again keeps the first of them', async () => {
  const headers = { 'ce-subject': 'large', ...manyHeaders(16, 'x'.repeat(4_000)) };
  sandbox.channel.sendToQueue(sandbox.queue(PACKED_QUEUE), Buffer.from('{ large'), { headers });
  const { properties } = await letterOf('{ large');
  expect(properties.headers).toMatchObject({ 'ce-subject': 'large', 'x-7': expect.any(String) });
  expect(properties.headers).not.toHaveProperty('x-8');
});

it('one whose copy for another try cannot be encoded goes to the dead letters instead, once its delivery has had its tries', async () => {
  scripts.set('unwritable', async () => {
    throw new Error('not yet');
  });
  const envelope = envelopeFor('unwritable', 'item.packed.v1');
  const headers = { ...envelope.headers, 'x-strange': UNWRITABLE };
  sandbox.channel.sendToQueue(sandbox.queue(PACKED_QUEUE), Buffer.from('{"weight":77}'), { ...envelope, headers });
  expect(await letterOf('{"weight":77}')).toMatchObject({ error: 'Error', attempts: TRIES_A_DELIVERY });
});

it('one whose texts are not UTF-8, and whose time is the last one, goes to the dead letters at the first try, with its subject', async () => {
  const foreign = await connect(loadConfig(process.env).RABBITMQ_URLS[0]!);
  const stream = (foreign.connection as unknown as { stream: Socket }).stream;
  const write = stream.write.bind(stream);
  stream.write = (chunk: Buffer) => write(spoilt(chunk));
  const channel = await foreign.createConfirmChannel();
  const odd = '~'.repeat(120);
  channel.sendToQueue(sandbox.queue(PACKED_QUEUE), Buffer.from('{ not UTF-8'), {
    messageId: odd,
    type: odd,
    correlationId: odd,
    timestamp: SPOILT_TIME,
    headers: { [odd]: odd, 'ce-subject': 'odd' },
  });
  await channel.waitForConfirms();
  await foreign.close();
  const letter = await letterOf('{ not UTF-8');
  expect(letter).toMatchObject({ error: 'UnreadableMessage', attempts: 1 });
  expect(letter.properties.headers).toMatchObject({ 'ce-subject': 'odd' });
});

it('one that is kept because it cannot be sent on shows in the metrics, and in the health after a while', async () => {
  scripts.set('held', async () => {
    throw new Error('not yet');
  });
  const kept = async () =>
    /^messages_kept\{queue="sender.item-packed"\} (\d+)$/m.exec(await worker.get(Metrics).render())?.[1];
  await fillRetryQueue();
  await worker.publish([packed('held')]);
  await eventually(async () => expect(await kept()).toBe('1'));
  const { checks } = await worker.get(HealthChecks).report();
  expect(checks).toContainEqual({ name: 'failed-messages', ok: true, critical: false });
  const keptMessages = worker.get(KeptMessages);
  expect(() => keptMessages.check(performance.now())).not.toThrow();
  expect(() => keptMessages.check(performance.now() + 60_000)).toThrow('sender.item-packed keeps 1');
  scripts.clear();
  await sandbox.channel.deleteQueue(sandbox.queue(RETRY_QUEUE));
  await eventually(async () => expect(await kept()).toBe('0'));
  keptMessages.check(performance.now() + 60_000);
});

it('one that waits to be sent on does not keep its process from stopping, and is in its queue again', async () => {
  let tries = 0;
  scripts.set('kept', async () => {
    tries += 1;
    throw new Error('not yet');
  });
  await fillRetryQueue();
  await worker.publish([packed('kept')]);
  await eventually(() => expect(tries).toBe(TRIES_A_DELIVERY));
  await worker.stop();
  expect(tries).toBe(TRIES_A_DELIVERY);
  await eventually(async () => expect(await sandbox.depth(PACKED_QUEUE)).toBe(1));
  const { properties } = await sandbox.take(PACKED_QUEUE);
  expect(properties.headers).toMatchObject({ 'ce-subject': 'kept' });
});
