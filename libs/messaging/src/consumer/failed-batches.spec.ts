import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { DatabaseUnavailable } from '#database';
import { eventually } from '../../../../test/support/eventually.js';
import {
  received,
  envelopeOf,
  BatchConsumerSandbox,
  testConsumer,
  stored,
  names,
  QUEUE,
} from './batch-consumer.suite.js';
import { EventsFailed, PermanentFailure } from './failures.js';

const sandbox = BatchConsumerSandbox.forSpec();

describe('a batch that fails', () => {
  it('is tried message by message: the others take effect, and the failing one counts its exact tries', async () => {
    testConsumer.script = (events) => {
      if (events.some(({ subject }) => subject === 'failing')) throw new TypeError('bitter');
    };
    const neighbours = names(7, 'good');
    await sandbox.deliverTogether([...neighbours.slice(0, 3), 'failing', ...neighbours.slice(3)]);
    const { properties } = await sandbox.messaging.take(`${QUEUE}.dlq`);
    expect(properties.headers).toMatchObject({
      'ce-subject': 'failing',
      'x-tries': 9,
      'x-retry-level': 2,
      'x-error': 'bitter',
      'x-error-class': 'TypeError',
    });
    expect((await sandbox.storedOnce(8)).slice(1).toSorted()).toEqual(neighbours);
    // The batch counts no try. Then it is alone: three tries a delivery, three deliveries.
    expect(testConsumer.tries.filter((events) => events.includes('failing')).map((events) => events.length)).toEqual([
      8, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ]);
  });

  it('without naming a message has each tried alone once', async () => {
    testConsumer.script = (events) => {
      if (events.some(({ subject }) => subject === 'refused')) throw new PermanentFailure('bitter');
    };
    const subjects = [...names(7, 'pure'), 'refused'];
    await sandbox.deliverTogether(subjects);
    const { properties } = await sandbox.messaging.take(`${QUEUE}.dlq`);
    expect(properties.headers).toMatchObject({ 'ce-subject': 'refused', 'x-tries': 1 });
    await sandbox.storedOnce(8);
    const [, batch, ...alone] = testConsumer.tries;
    expect(batch).toEqual(subjects);
    expect(alone).toHaveLength(8);
    expect(new Set(alone.flat())).toEqual(new Set(subjects));
  });

  it('loses only the messages that the handler names, and tries none alone', async () => {
    testConsumer.script = (events) => {
      const bad = events.filter(({ subject }) => subject.startsWith('failing'));
      if (bad.length > 0) throw new EventsFailed(bad.map((event) => [event, new PermanentFailure('unfit')]));
    };
    await sandbox.deliverTogether(['a', 'failing-1', 'b', 'failing-2', 'c']);
    expect((await sandbox.storedOnce(4)).slice(1)).toEqual(['a', 'b', 'c']);
    for (const subject of ['failing-1', 'failing-2']) {
      const { properties } = await sandbox.messaging.take(`${QUEUE}.dlq`);
      expect(properties.headers).toMatchObject({ 'ce-subject': subject, 'x-tries': 1, 'x-error': 'unfit' });
    }
    expect(testConsumer.tries.slice(1).map((events) => events.length)).toEqual([5, 3]);
  });

  it('does not keep one that the handler names waiting for another that cannot be sent on', async () => {
    let failed = false;
    testConsumer.script = (events) => {
      const stuck = events.filter(({ subject }) => subject === 'unfit');
      const late = failed ? [] : events.filter(({ subject }) => subject === 'unripe');
      failed = true;
      if (stuck.length + late.length === 0) return;
      throw new EventsFailed([
        ...stuck.map((event) => [event, new PermanentFailure('unfit')] as const),
        ...late.map((event) => [event, new Error('not yet')] as const),
      ]);
    };
    const own = await BatchConsumerSandbox.open({});
    const deadLetters = own.messaging.queue(`${QUEUE}.dlq`);
    await own.messaging.channel.deleteQueue(deadLetters);
    const full = { 'x-max-length': 0, 'x-overflow': 'reject-publish' };
    await own.messaging.channel.assertQueue(deadLetters, { arguments: full });
    await own.deliverTogether(['unfit', 'unripe']);
    expect((await own.storedOnce(2)).slice(1)).toEqual(['unripe']);
    await own.messaging.remove();
  });

  it('leaves the failed message alone; others pass it, and messages about its subject wait behind it', async () => {
    const mended = new AbortController();
    let triesAlone = 0;
    testConsumer.script = async (events) => {
      if (events.every(({ subject }) => subject !== 'rotten')) return;
      if (events.length === 1) triesAlone += 1;
      if (triesAlone <= 1) throw new Error('rotten');
      if (!mended.signal.aborted) await once(mended.signal, 'abort');
    };
    await sandbox.together(() =>
      sandbox.worker.publish([received('one'), received('rotten'), received('two'), received('rotten', 2)]),
    );
    await sandbox.storedOnce(3);
    await sandbox.worker.publish([received('later')]);
    expect((await sandbox.storedOnce(4)).slice(1).toSorted()).toEqual(['later', 'one', 'two']);
    mended.abort();
    expect((await sandbox.storedOnce(6)).slice(4)).toEqual(['rotten', 'rotten 2']);
  });

  it('is isolated: the next batch passes it, and only messages about its subjects wait behind it', async () => {
    const mended = new AbortController();
    let failed = false;
    testConsumer.script = async (events) => {
      if (events.every(({ subject }) => !subject.startsWith('slow'))) return;
      if (failed && !mended.signal.aborted) await once(mended.signal, 'abort');
      if (!failed) {
        failed = true;
        throw new Error('not yet');
      }
    };
    await sandbox.deliverTogether(['slow-1', 'slow-2']);
    await sandbox.worker.publish([received('slow-2', 2), received('next')]);
    expect((await sandbox.storedOnce(2)).slice(1)).toEqual(['next']);
    await sandbox.worker.publish([received('slow-1', 2), received('after')]);
    expect((await sandbox.storedOnce(3)).slice(2)).toEqual(['after']);
    mended.abort();
    const subjects = (await sandbox.storedOnce(7)).slice(3);
    for (const slow of ['slow-1', 'slow-2']) {
      expect(subjects.filter((subject) => subject.startsWith(slow))).toEqual([slow, `${slow} 2`]);
    }
  });

  it('is tried again two messages at a time, so that it does not take all connections', async () => {
    const mended = new AbortController();
    let [inside, most] = [0, 0];
    testConsumer.script = async (events) => {
      if (events.every(({ subject }) => !subject.startsWith('stuck'))) return;
      if (events.length > 1) throw new Error('which one?');
      inside += 1;
      most = Math.max(most, inside);
      if (!mended.signal.aborted) await once(mended.signal, 'abort');
      inside -= 1;
    };
    await sandbox.deliverTogether(names(8, 'stuck'));
    await eventually(() => expect(inside).toBe(2));
    await sandbox.worker.publish([received('unstuck')]);
    expect((await sandbox.storedOnce(2)).slice(1)).toEqual(['unstuck']);
    mended.abort();
    expect((await sandbox.storedOnce(10)).slice(2).toSorted()).toEqual(names(8, 'stuck'));
    expect(most).toBe(2);
  });

  it('keeps the order about a subject of which one event comes back from a retry level with others', async () => {
    let sequence = 0;
    await sandbox.together(() => {
      for (const [subject, attempt] of [
        ['mixed', 0],
        ['mixed', 3],
        ['plain', 0],
        ['mixed', 0],
      ] as const) {
        const envelope = envelopeOf(subject);
        const headers = { ...envelope.headers, 'x-tries': attempt, 'ce-sequence': (sequence += 1) };
        sandbox.send({ ...envelope, headers });
      }
    });
    const subjects = await sandbox.storedOnce(5);
    expect(subjects.filter((subject) => subject.startsWith('mixed'))).toEqual(['mixed', 'mixed 2', 'mixed 4']);
  });

  it('is tried again as a whole while there is no database, which is nobody’s fault', async () => {
    let failures = 0;
    testConsumer.script = () => {
      failures += 1;
      if (failures <= 2) throw new DatabaseUnavailable(new Error('gone'));
    };
    await sandbox.deliverTogether(names(5, 'patient'));
    expect((await sandbox.storedOnce(6)).slice(1)).toEqual(names(5, 'patient'));
    expect(testConsumer.tries.slice(1).map((events) => events.length)).toEqual([5, 5, 5]);
  });

  it('leaves nothing of a failed try behind', async () => {
    let failed = false;
    testConsumer.script = async (events, { tx }) => {
      await sandbox.worker.outbox.add(tx, [stored('half', events[0]!)]);
      if (!failed) {
        failed = true;
        throw new EventsFailed([[events[0]!, new Error('not yet')]]);
      }
    };
    await sandbox.worker.publish([received('half')]);
    await sandbox.storedOnce(1);
    const { rows } = await sandbox.messaging.db.query(
      `SELECT FROM messaging.outbox WHERE subject = 'half' AND source = 'warehouse'`,
    );
    expect(rows).toHaveLength(1);
  });
});
