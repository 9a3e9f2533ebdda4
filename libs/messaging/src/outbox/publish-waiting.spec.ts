import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import { lost, LOST_QUEUE, packed, PACKED_QUEUE, testEvents } from '../../../../test/support/test-consumer.js';

let sandbox: MessagingSandbox;
let worker: MessagingWorker;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(testEvents);
  worker = await sandbox.startWorker([], { OUTBOX_BATCH_MAX: '2' });
  await worker.connected();
});

afterAll(() => sandbox.remove());

const waiting = async (): Promise<number> =>
  (await sandbox.db.query('SELECT FROM messaging.outbox WHERE published_at IS NULL')).rowCount!;

const allPublished = () => eventually(async () => expect(await waiting()).toBe(0));

/** Takes everything out of a queue, as `subject/sequence`. */
async function emptied(queue: string): Promise<string[]> {
  const names: string[] = [];
  for (let left = await sandbox.depth(queue); left > 0; left -= 1) {
    const { 'ce-subject': subject, 'ce-sequence': sequence } = (await sandbox.take(queue)).properties.headers!;
    names.push(`${subject}/${sequence}`);
  }
  return names;
}

describe('many small batches', () => {
  it('send each event once, and those about one subject in order', async () => {
    const sequences = Array.from({ length: 25 }, (_, index) => index + 1);
    await worker.publish(sequences.flatMap((sequence) => [packed('long', sequence), packed(`short-${sequence}`)]));
    await allPublished();
    const sent = await emptied(PACKED_QUEUE);
    expect(sent.filter((name) => name.startsWith('long/'))).toEqual(sequences.map((sequence) => `long/${sequence}`));
    expect(sent.toSorted()).toEqual(
      sequences.flatMap((sequence) => [`long/${sequence}`, `short-${sequence}/1`]).toSorted(),
    );
  });

  it('hold back what follows a failed event on its subject, though it had been read already', async () => {
    await sandbox.channel.deleteQueue(sandbox.queue(LOST_QUEUE));
    await worker.publish([lost('stuck', 1), packed('free', 1), packed('stuck', 2), packed('free', 2)]);
    await allPublished();
    const { rows } = await sandbox.db.query(`
      SELECT subject || '/' || sequence AS name, attempts FROM messaging.outbox
      WHERE subject IN ('stuck', 'free') ORDER BY published_at, position`);
    expect(rows.map(({ name }) => name)).toEqual(['free/1', 'free/2', 'stuck/1', 'stuck/2']);
    expect(rows.find(({ name }) => name === 'stuck/1').attempts).toBeGreaterThan(0);
    expect(await emptied(PACKED_QUEUE)).toEqual(['free/1', 'free/2', 'stuck/2']);
    expect(await emptied(LOST_QUEUE)).toEqual(['stuck/1']);
  });
});
