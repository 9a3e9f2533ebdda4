import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import { Depot, EFFECTS_TABLE, packed, PACKED_QUEUE, parcelEvents, scripts } from '../../../../test/support/parcels.js';

const TRIES_A_DELIVERY = 3;
const RUNG = 'retry.1s';

let sandbox: MessagingSandbox;
let worker: MessagingWorker;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(parcelEvents);
  await sandbox.db.query(EFFECTS_TABLE);
  // Longer than a test may take: whoever waited for it would be seen.
  worker = await sandbox.startWorker([Depot], { SHUTDOWN_TIMEOUT_SECONDS: '300' });
  await worker.connected();
});

afterAll(() => sandbox.remove());

beforeEach(() => scripts.clear());

/** The first rung of the ladder becomes a queue that is full with nothing in it. */
async function blockRung(): Promise<void> {
  await sandbox.channel.deleteQueue(sandbox.queue(RUNG));
  const full = { 'x-max-length': 0, 'x-overflow': 'reject-publish' };
  await sandbox.channel.assertQueue(sandbox.queue(RUNG), { arguments: full });
  await sandbox.channel.bindQueue(sandbox.queue(RUNG), sandbox.queue(RUNG), '');
}

it('one that no queue takes is kept until one does, and is not delivered again and again', async () => {
  let tries = 0;
  let mended = false;
  scripts.set('refused', async () => {
    tries += 1;
    if (!mended) throw new Error('not yet');
  });
  await blockRung();
  await worker.state([packed('refused')]);
  await eventually(() => expect(tries).toBe(TRIES_A_DELIVERY));
  // Given back, it would have come again by then.
  await setTimeout(3_000);
  expect(tries).toBe(TRIES_A_DELIVERY);
  mended = true;
  await sandbox.channel.deleteQueue(sandbox.queue(RUNG));
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
  await worker.state([packed(name)]);
  const { properties } = await sandbox.take(`${PACKED_QUEUE}.dlq`);
  expect(properties.headers).toMatchObject({ 'ce-subject': name, 'x-attempt': 9, 'x-error': text });
});

it('one that waits to be sent on does not keep its process from stopping, and is in its queue again', async () => {
  let tries = 0;
  scripts.set('kept', async () => {
    tries += 1;
    throw new Error('not yet');
  });
  await blockRung();
  await worker.state([packed('kept')]);
  await eventually(() => expect(tries).toBe(TRIES_A_DELIVERY));
  await worker.stop();
  expect(tries).toBe(TRIES_A_DELIVERY);
  await eventually(async () => expect(await sandbox.depth(PACKED_QUEUE)).toBe(1));
  const { properties } = await sandbox.take(PACKED_QUEUE);
  expect(properties.headers).toMatchObject({ 'ce-subject': 'kept' });
});
