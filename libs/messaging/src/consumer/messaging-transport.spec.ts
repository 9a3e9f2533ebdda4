import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Metrics } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import {
  TestConsumer,
  effectsOnce,
  EFFECTS_TABLE,
  envelopeFor,
  lost,
  LOST_QUEUE,
  ReaderConsumer,
  packed,
  PACKED_QUEUE,
  testEvents,
  scripts,
} from '../../../../test/support/test-consumer.js';
import { TcpProxy } from '../../../../test/support/tcp-proxy.js';
import { loadConfig } from '#config';

const ONCE = [{ sequence: 1, attempt: 1 }];

let sandbox: MessagingSandbox;
let worker: MessagingWorker;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(testEvents);
  await sandbox.db.query(EFFECTS_TABLE);
  worker = await sandbox.startWorker([TestConsumer, ReaderConsumer]);
  await worker.connected();
});

afterAll(() => sandbox.remove());

const effects = (count: number, subject: string, queue?: string) => effectsOnce(sandbox.db, count, subject, queue);

/** Sends to one queue what the relay would never send. */
function sendRaw(body: string, properties: Record<string, unknown>): void {
  sandbox.channel.sendToQueue(sandbox.queue(PACKED_QUEUE), Buffer.from(body), properties);
}

describe('a message that cannot be understood', () => {
  const good = envelopeFor('riddle');
  it.each([
    ['is not JSON', 'so long', good],
    ['does not fit its schema', '{"weight":"heavy"}', good],
    ['has U+0000 in its body', '{"weight":1,"note":"a\\u0000b"}', good],
    ['has half of a surrogate pair in its body', '{"weight":1,"note":"a\\ud800b"}', good],
    ['is about a subject with U+0000', '{"weight":1}', envelopeFor('rid\0dle')],
    ['has an unknown type', '{"weight":1}', envelopeFor('riddle', 'item.eaten.v1')],
    ['has an unknown version', '{"weight":1}', envelopeFor('riddle', 'item.packed.v99')],
    ['has a type that this queue has no handler for', '{"weight":1}', envelopeFor('riddle', 'item.lost.v1')],
    [
      'has an unknown version of CloudEvents',
      '{"weight":1}',
      { ...good, headers: { ...good.headers, 'ce-specversion': '2.0' } },
    ],
    ['has no envelope', '{"weight":1}', {}],
    ['has an id that is none', '{"weight":1}', { ...good, messageId: 'one' }],
    [
      'comes with odd headers and limits',
      '[]',
      { expiration: '60000', headers: { CC: ['x'], deep: { a: [1] }, long: 'x'.repeat(9_000) } },
    ],
  ])('goes to the dead letters at the first try when it %s', async (_how, body, properties) => {
    scripts.set('riddle', () => Promise.reject(new Error('was handled')));
    sendRaw(body, properties);
    const dead = await sandbox.take(`${PACKED_QUEUE}.dlq`);
    expect(dead.content.toString()).toBe(body);
    const id = 'messageId' in properties ? { messageId: properties.messageId } : {};
    expect(dead.properties).toMatchObject({ messageId: expect.any(String), ...id });
    expect(dead.properties.expiration).toBeUndefined();
    expect(dead.properties.headers).toMatchObject({
      'x-tries': 1,
      'x-error-class': 'UnreadableMessage',
      'x-queue': PACKED_QUEUE,
    });
    expect(Object.keys(dead.properties.headers!)).not.toEqual(expect.arrayContaining(['CC']));
  });

  it('holds nobody up', async () => {
    sendRaw('?', {});
    await worker.publish([packed('neighbour')]);
    expect(await effects(1, 'neighbour')).toEqual(ONCE);
    await sandbox.take(`${PACKED_QUEUE}.dlq`);
  });
});

describe('a worker', () => {
  it('subscribes again when its queue was deleted', async () => {
    await sandbox.channel.deleteQueue(sandbox.queue(LOST_QUEUE));
    await worker.publish([lost('orphan')]);
    expect(await effects(1, 'orphan', LOST_QUEUE)).toEqual(ONCE);
  });

  it('lets a handler finish before it stops, and what it had not begun goes to another', async () => {
    const own = await MessagingSandbox.create(testEvents);
    await own.db.query(EFFECTS_TABLE);
    const leaving = await own.startWorker([TestConsumer], { DATABASE_POOL_MAX: '3' });
    let begun = 0;
    const finish = new AbortController();
    scripts.set('last', async () => {
      begun += 1;
      await once(finish.signal, 'abort');
    });
    // One place for handlers beside the connections that are spared: the second message waits in the process. Sent together, both could
    // be one batch.
    await leaving.publish([packed('last', 1)]);
    await eventually(() => expect(begun).toBe(1));
    await leaving.publish([packed('last', 2)]);
    await eventually(async () => {
      const { rows } = await own.db.query('SELECT FROM messaging.outbox WHERE published_at IS NOT NULL');
      expect([rows.length, begun, await own.depth(PACKED_QUEUE)]).toEqual([2, 1, 0]);
    });
    const stopped = leaving.stop();
    await setTimeout(300);
    finish.abort();
    await stopped;
    const { rows } = await own.db.query('SELECT sequence, attempt FROM effects');
    expect(rows).toEqual([{ sequence: 1, attempt: 1 }]);
    expect(begun).toBe(1);
    await eventually(async () => expect(await own.depth(PACKED_QUEUE)).toBe(1));
    const { properties, fields } = await own.take(PACKED_QUEUE);
    expect(properties.headers).toMatchObject({ 'ce-sequence': 2 });
    expect(fields?.redelivered).toBe(true);
    await own.remove();
  });

  it('starts while the broker is down, survives losing it in the middle, and repeats no effect', async () => {
    const proxy = await TcpProxy.to(loadConfig(process.env).RABBITMQ_URLS[0]!);
    proxy.refuse();
    const own = await MessagingSandbox.create(testEvents);
    await own.db.query(EFFECTS_TABLE);
    const roamer = await own.startWorker([TestConsumer], { RABBITMQ_URLS: proxy.url });
    await roamer.publish([packed('patient', 1)]);
    proxy.restore();
    const sequences = async () => (await own.db.query('SELECT sequence FROM effects ORDER BY sequence')).rows;
    await eventually(async () => expect(await sequences()).toEqual([{ sequence: 1 }]));

    // The effect commits, but its acknowledgement does not get through, and perhaps not the confirm of its publishing either: the message
    // comes again and has none.
    scripts.set('patient', async () => {
      proxy.restore();
    });
    await roamer.publish([packed('patient', 2)]);
    await eventually(async () => expect(await sequences()).toHaveLength(2));
    scripts.delete('patient');
    await roamer.publish([packed('patient', 3)]);
    await eventually(async () =>
      expect(await sequences()).toEqual([{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }]),
    );
    await eventually(async () => expect(await roamer.get(Metrics).render()).toMatch(/^inbox_duplicates_total [1-9]/m));
    await own.remove();
    await proxy.stop();
  });
});
