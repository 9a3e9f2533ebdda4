import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TestConsumer, EFFECTS_TABLE, packed, testEvents, scripts } from '../../../../test/support/test-consumer.js';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox } from '../../../../test/support/messaging-sandbox.js';
import { RabbitmqServer } from '../../../../test/support/rabbitmq-server.js';

const TRIES_A_DELIVERY = 3;
/** Longer than a publisher waits for a confirm, and a while on top. */
const BLOCKED_MS = 8_000;

let server: RabbitmqServer;
let sandbox: MessagingSandbox;

beforeAll(async () => {
  server = await RabbitmqServer.start();
  sandbox = await MessagingSandbox.create(testEvents, server.url);
  await sandbox.db.query(EFFECTS_TABLE);
});

afterAll(async () => {
  await sandbox?.remove();
  await server?.stop();
});

/** Waits until the relay has nothing left to publish. */
const allPublished = () =>
  eventually(async () => {
    const { rowCount } = await sandbox.db.query('SELECT FROM messaging.outbox WHERE published_at IS NULL');
    if (rowCount !== 0) throw new Error(`${rowCount} events wait in the outbox.`);
  });

it('a message that fails while RabbitMQ takes none is kept until it does, and is not delivered again and again', async () => {
  const worker = await sandbox.startWorker([TestConsumer]);
  await worker.connected();
  const alarm = new AbortController();
  let tries = 0;
  let mended = false;
  scripts.set('heavy', async () => {
    if (!alarm.signal.aborted) await once(alarm.signal, 'abort');
    tries += 1;
    if (!mended) throw new Error('not yet');
  });
  await worker.publish([packed('heavy')]);
  await allPublished();
  await server.raiseMemoryAlarm();
  alarm.abort();
  await setTimeout(BLOCKED_MS);
  expect(tries).toBe(TRIES_A_DELIVERY);
  mended = true;
  await server.clearMemoryAlarm();
  const effects = await eventually(async () => {
    const { rows } = await sandbox.db.query('SELECT subject, attempt FROM effects');
    if (rows.length === 0) throw new Error('It has not taken effect.');
    return rows;
  });
  expect(effects).toEqual([{ subject: 'heavy', attempt: TRIES_A_DELIVERY + 1 }]);
});
