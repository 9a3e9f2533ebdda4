import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MessagingSandbox } from '../../../../../test/support/messaging-sandbox.js';
import {
  TestConsumer,
  EFFECTS_TABLE,
  LOST_QUEUE,
  packed,
  PACKED_QUEUE,
  testEvents,
  scripts,
} from '../../../../../test/support/test-consumer.js';

let sandbox: MessagingSandbox;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(testEvents);
  await sandbox.db.query(EFFECTS_TABLE);
});

afterAll(() => sandbox.remove());

it('a queue of dead letters gives none up by itself; one that was declared otherwise stays, and is emptied', async () => {
  const former = sandbox.queue(`${PACKED_QUEUE}.dlq`);
  const fresh = sandbox.queue(`${LOST_QUEUE}.dlq`);
  const asBefore = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
  await sandbox.channel.assertQueue(former, asBefore);
  const worker = await sandbox.startWorker([TestConsumer]);
  await worker.connected();
  // The broker refuses other arguments than the queue has.
  await sandbox.channel.assertQueue(former, asBefore);
  const unlimited = { ...asBefore.arguments, 'x-delivery-limit': 1_000_000_000 };
  await sandbox.channel.assertQueue(fresh, { durable: true, arguments: unlimited });
  scripts.set('broken', async () => {
    throw new TypeError('broken');
  });
  await worker.publish([packed('broken')]);
  const { properties } = await sandbox.take(`${PACKED_QUEUE}.dlq`);
  expect(properties.headers).toMatchObject({ 'ce-subject': 'broken', 'x-error': 'broken' });
});
