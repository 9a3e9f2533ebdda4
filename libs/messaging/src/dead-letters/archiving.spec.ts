import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import {
  TestConsumer,
  EFFECTS_TABLE,
  envelopeFor,
  LOST_QUEUE,
  packed,
  PACKED_QUEUE,
  testEvents,
  scripts,
} from '../../../../test/support/test-consumer.js';
import { TcpProxy } from '../../../../test/support/tcp-proxy.js';
import { PermanentFailure } from '../consumer/failures.js';

let sandbox: MessagingSandbox;
let worker: MessagingWorker;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(testEvents);
  await sandbox.db.query(EFFECTS_TABLE);
  worker = await sandbox.startWorker([TestConsumer]);
  await worker.connected();
});

afterAll(() => sandbox.remove());

beforeEach(() => sandbox.db.query('TRUNCATE messaging.dead_letters'));

/** The archive once it has so many letters, the oldest first. */
function archived(count: number, db = sandbox.db): Promise<Record<string, any>[]> {
  const look = async () => {
    const { rows } = await db.query('SELECT * FROM messaging.dead_letters ORDER BY id');
    if (rows.length < count) throw new Error(`${rows.length} of ${count} letters are archived.`);
    return rows;
  };
  return eventually(look, { withinMs: 90_000 });
}

const send = (queue: string, body: string | Buffer, properties: Record<string, unknown> = {}, times = 1): void => {
  for (let copy = 0; copy < times; copy += 1) {
    sandbox.channel.sendToQueue(sandbox.queue(queue), Buffer.from(body), properties);
  }
};

/** Comes after everything that was sent to that queue before. */
async function lastOf(queue: string): Promise<void> {
  const messageId = randomUUID();
  send(queue, 'last', { messageId });
  await eventually(async () => {
    const { rowCount } = await sandbox.db.query('DELETE FROM messaging.dead_letters WHERE message_id = $1', [
      messageId,
    ]);
    expect(rowCount).toBe(1);
  });
}

describe('a message that a handler gives up on', () => {
  it('is archived with everything that is known, and gone from the broker', async () => {
    scripts.set('void', () => Promise.reject(new PermanentFailure('this item never was')));
    await worker.publish([packed('void', 4)]);
    const [letter] = await archived(1);
    const { rows } = await sandbox.db.query(`SELECT id FROM messaging.outbox WHERE subject = 'void'`);
    expect(letter).toMatchObject({
      id: expect.stringMatching(/^dead_/),
      queue: PACKED_QUEUE,
      message_id: rows[0].id,
      type: 'item.packed.v1',
      source: 'sender',
      subject: 'void',
      sequence: expect.anything(),
      error: 'PermanentFailure',
      detail: 'this item never was',
      stack: expect.stringContaining('PermanentFailure: this item never was\n    at '),
      attempts: 1,
      original_exchange: `${sandbox.namespace}.events`,
      original_routing_key: 'item.packed.v1',
      status: 'waiting',
      replays: 0,
      properties: { messageId: rows[0].id, contentType: 'application/json', headers: { 'ce-subject': 'void' } },
    });
    expect(JSON.parse(letter!['body'].toString())).toEqual({ weight: 5 });
    expect(await sandbox.depth(`${PACKED_QUEUE}.dlq`)).toBe(0);
    expect(await worker.get(Metrics).render()).toContain(`dead_letters_waiting{queue="${PACKED_QUEUE}"} 1`);
  });

  it('is archived byte by byte when nobody can read it, with an id when it has none', async () => {
    const bytes = Buffer.from([0, 255, 254, 0xc3, 0x28, 10]);
    send(PACKED_QUEUE, bytes);
    const [letter] = await archived(1);
    expect(letter).toMatchObject({ message_id: expect.stringMatching(/^[0-9a-f-]{36}$/), type: null, sequence: null });
    expect(letter!['error']).toBe('UnreadableMessage');
    expect(letter!['body'].equals(bytes)).toBe(true);
  });

  it('is one of a thousand letters when a thousand come at once, all alike and without an id', async () => {
    send(PACKED_QUEUE, 'noise', {}, 1_000);
    expect(await archived(1_000)).toHaveLength(1_000);
    await lastOf(`${PACKED_QUEUE}.dlq`);
    expect(await archived(1_000)).toHaveLength(1_000);
  }, 120_000);
});

describe('a message in a dead-letter queue', () => {
  const LETTERS = `${LOST_QUEUE}.dlq`;

  it('is one letter however often it comes, and two with the same id are two', async () => {
    const envelope = envelopeFor('twin', 'item.lost.v1');
    send(LETTERS, '{"weight":1}', envelope, 3);
    send(LETTERS, 'nameless', { headers: { 'x-error': 'boom' } }, 3);
    send(LETTERS, '{"weight":2}', envelope);
    await lastOf(LETTERS);
    const bodies = (await archived(3)).map((letter) => letter['body'].toString());
    expect(bodies).toEqual(['{"weight":1}', 'nameless', '{"weight":2}']);
  });

  it.each([
    ['no headers at all', {}],
    [
      'text that PostgreSQL cannot store',
      { messageId: 'a\0b', type: '\0', headers: { 'ce-subject': '\0', 'x\0': 'y\0' } },
    ],
    [
      'headers that nest',
      { headers: { deep: Array.from({ length: 60 }).reduce((inner) => ({ inner }), {}) as object } },
    ],
    [
      'an endless name of its error',
      { headers: { 'x-error-class': 'x'.repeat(40_000), 'x-error': 'y'.repeat(20_000) } },
    ],
    ['an error without a name', { headers: { 'x-error-class': '' } }],
    [
      'numbers and times that are none',
      { headers: { 'ce-sequence': 1.5, 'x-tries': -1, 'x-first-failed-at': 'soon' } },
    ],
    ['a time in the far future', { headers: { 'x-last-failed-at': '+200000-01-01T00:00:00Z', 'x-tries': 4e12 } }],
    ['bytes and notes of the wrong shape', { headers: { 'x-death': [1], bytes: Buffer.from('x'), 'x-replay': 4e12 } }],
  ])('is archived with %s', async (_what, properties) => {
    send(LETTERS, 'odd', properties);
    const [letter] = await archived(1);
    const named = expect.stringMatching(/./);
    expect(letter).toMatchObject({ queue: LOST_QUEUE, status: 'waiting', message_id: named, error: named });
    expect(letter!['body'].toString()).toBe('odd');
  });

  it('is one letter whatever the broker notes on each of its deliveries', async () => {
    for (const count of [1, 2, 3]) {
      const headers = { 'x-delivery-count': count, 'x-acquired-count': count, 'x-opt-seen': count };
      send(LETTERS, 'again', { headers });
    }
    await lastOf(LETTERS);
    const [letter, ...others] = await archived(1);
    expect(others).toEqual([]);
    expect(letter!['properties'].headers).toEqual({});
  });

  it('is archived when it is large', async () => {
    send(LETTERS, Buffer.alloc(8 * 1024 * 1024, 7));
    expect((await archived(1))[0]!['body'].length).toBe(8 * 1024 * 1024);
  });

  it('that the broker has moved says so', async () => {
    const own = await MessagingSandbox.create(testEvents);
    await (await own.startWorker([])).connected();
    const envelope = envelopeFor('crasher', 'item.lost.v1');
    const { consumerTag } = await own.channel.consume(own.queue(LOST_QUEUE), (message) => {
      if (message !== null) own.channel.reject(message, true);
    });
    own.channel.publish(`${own.namespace}.events`, 'item.lost.v1', Buffer.from('{"weight":1}'), envelope);
    const [letter] = await archived(1, own.db);
    expect(letter).toMatchObject({
      queue: LOST_QUEUE,
      message_id: envelope.messageId,
      error: 'delivery_limit',
      detail: expect.stringContaining('every process that took it ended'),
      original_exchange: `${own.namespace}.events`,
      original_routing_key: 'item.lost.v1',
    });
    await own.channel.cancel(consumerTag);
    await own.remove();
  });
});

describe('with PostgreSQL down', () => {
  it('dead letters stay with the broker, and come when it is back', async () => {
    const own = await MessagingSandbox.create(testEvents);
    const proxy = await TcpProxy.to(own.databaseUrl);
    const cutOff = await own.startWorker([], { DATABASE_URL: proxy.url });
    await cutOff.connected();
    proxy.refuse();
    for (let place = 0; place < 30; place += 1) {
      own.channel.sendToQueue(own.queue(`${LOST_QUEUE}.dlq`), Buffer.from(String(place)), { messageId: randomUUID() });
    }
    await setTimeout(1_500);
    expect((await own.db.query('SELECT FROM messaging.dead_letters')).rows).toEqual([]);
    proxy.restore();
    const letters = await archived(30, own.db);
    expect(new Set(letters.map(({ body }) => body.toString())).size).toBe(30);
    await own.remove();
    await proxy.stop();
  });
});
