import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Metrics, newTrace, runInTrace } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingTransport } from './messaging-transport.js';
import {
  received,
  envelopeOf,
  ItemConsumer,
  testConsumer,
  stored,
  BatchConsumerSandbox,
  names,
  QUEUE,
} from './batch-consumer.suite.js';

const sandbox = BatchConsumerSandbox.forSpec();

describe('a batch', () => {
  it('is what has come while the last one was handled, up to its bound, and nobody waits for others', async () => {
    const subjects = names(20, 'item');
    await sandbox.deliverTogether(subjects);
    expect((await sandbox.storedOnce(21)).slice(1)).toEqual(subjects);
    expect(testConsumer.tries.map((events) => events.length)).toEqual([1, 8, 8, 4]);
    await sandbox.worker.publish([received('lonely')]);
    await sandbox.storedOnce(22);
    expect(testConsumer.tries.at(-1)).toEqual(['lonely']);
  });

  it('keeps the order of events about a subject', async () => {
    await sandbox.together(() =>
      sandbox.worker.publish(
        Array.from({ length: 20 }, (_, index) => received(`subject-${index % 2}`, 1 + Math.floor(index / 2))),
      ),
    );
    const subjects = await sandbox.storedOnce(21);
    for (const subject of ['subject-0', 'subject-1']) {
      const own = subjects.filter((name) => name.startsWith(subject));
      expect(own).toEqual([subject, ...Array.from({ length: 9 }, (_, index) => `${subject} ${index + 2}`)]);
    }
  });

  it('has every event once, however often its message comes', async () => {
    const other = await sandbox.messaging.startWorker([ItemConsumer]);
    const envelopes = names(10, 'twin').map(envelopeOf);
    for (const envelope of [...envelopes, ...envelopes, ...envelopes]) {
      sandbox.send(envelope);
    }
    await sandbox.storedOnce(10);
    await other.stop();
    await eventually(async () =>
      expect(await sandbox.worker.get(Metrics).render()).toMatch(/^inbox_duplicates_total [1-9]/m),
    );
    expect((await sandbox.storedOnce(0)).toSorted()).toEqual(names(10, 'twin'));
  });

  it('has every event once when its message is in it twice', async () => {
    const [twin, other] = [envelopeOf('pair-0'), envelopeOf('pair-1')];
    await sandbox.together(() => {
      for (const envelope of [twin, twin, other, twin]) sandbox.send(envelope);
    });
    expect((await sandbox.storedOnce(3)).slice(1)).toEqual(['pair-0', 'pair-1']);
    expect(testConsumer.tries.slice(1)).toEqual([['pair-0', 'pair-1']]);
    expect(await sandbox.messaging.depth(`${QUEUE}.dlq`)).toBe(0);
  });

  it('gives each event that it states its own cause, correlation and trace', async () => {
    const traces = [newTrace(), newTrace()];
    testConsumer.script = (events, { tx }) =>
      sandbox.worker.outbox.add(
        tx,
        events.map((cause) => stored(cause.subject, cause)),
      );
    await sandbox.together(async () => {
      for (const [index, trace] of traces.entries()) {
        await runInTrace(trace, () => sandbox.worker.publish([received(`caused-${index}`)]));
      }
    });
    await sandbox.storedOnce(3);
    expect(testConsumer.tries).toHaveLength(2);
    for (const [index, { traceId }] of traces.entries()) {
      const { rows } = await sandbox.messaging.db.query(
        `SELECT effect.causation_id = cause.id AS caused, effect.correlation_id AS correlation, effect.traceparent
         FROM messaging.outbox AS effect JOIN messaging.outbox AS cause USING (subject)
         WHERE cause.source = 'shop' AND effect.source = 'warehouse' AND subject = $1`,
        [`caused-${index}`],
      );
      expect(rows).toEqual([{ caused: true, correlation: traceId, traceparent: expect.stringContaining(traceId) }]);
    }
  });
});

it('a worker that stops finishes the batch it has begun, and what it had not begun goes to another', async () => {
  const [busy, free] = [new AbortController(), new AbortController()];
  testConsumer.script = async () => {
    busy.abort();
    await once(free.signal, 'abort');
  };
  const isBusy = once(busy.signal, 'abort');
  await sandbox.worker.publish([received('begun')]);
  await isBusy;
  await sandbox.worker.publish(names(5, 'waiting').map((name) => received(name)));
  await sandbox.allTaken();
  // At once, while `worker.stop` takes its time before.
  const stopped = sandbox.worker.get(MessagingTransport).close();
  free.abort();
  await stopped;
  expect(await sandbox.storedOnce(0)).toEqual(['begun']);
  await eventually(async () => expect(await sandbox.messaging.depth(QUEUE)).toBe(5));
  expect(testConsumer.tries).toHaveLength(1);
});
