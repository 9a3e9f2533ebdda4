import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Metrics, newTrace, runInTrace } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingTransport } from './messaging-transport.js';
import { delivered, envelopeOf, Mill, mill, milledEvent, MillSite, names, QUEUE } from './mill.suite.js';

const site = MillSite.forSpec();

describe('a batch', () => {
  it('is what has come while the last one was handled, up to its bound, and nobody waits for others', async () => {
    const subjects = names(20, 'sack');
    await site.deliverTogether(subjects);
    expect((await site.milledOnce(21)).slice(1)).toEqual(subjects);
    expect(mill.tries.map((events) => events.length)).toEqual([1, 8, 8, 4]);
    await site.worker.state([delivered('lonely')]);
    await site.milledOnce(22);
    expect(mill.tries.at(-1)).toEqual(['lonely']);
  });

  it('keeps the order of events about a subject', async () => {
    await site.together(() =>
      site.worker.state(
        Array.from({ length: 20 }, (_, index) => delivered(`farm-${index % 2}`, 1 + Math.floor(index / 2))),
      ),
    );
    const subjects = await site.milledOnce(21);
    for (const farm of ['farm-0', 'farm-1']) {
      const own = subjects.filter((subject) => subject.startsWith(farm));
      expect(own).toEqual([farm, ...Array.from({ length: 9 }, (_, index) => `${farm} ${index + 2}`)]);
    }
  });

  it('has every event once, however often its message comes', async () => {
    const other = await site.sandbox.startWorker([Mill]);
    const envelopes = names(10, 'twin').map(envelopeOf);
    for (const envelope of [...envelopes, ...envelopes, ...envelopes]) {
      site.send(envelope);
    }
    await site.milledOnce(10);
    await other.stop();
    await eventually(async () =>
      expect(await site.worker.get(Metrics).render()).toMatch(/^inbox_duplicates_total [1-9]/m),
    );
    expect((await site.milledOnce(0)).toSorted()).toEqual(names(10, 'twin'));
  });

  it('has every event once when its message is in it twice', async () => {
    const [twin, other] = [envelopeOf('pair-0'), envelopeOf('pair-1')];
    await site.together(() => {
      for (const envelope of [twin, twin, other, twin]) site.send(envelope);
    });
    expect((await site.milledOnce(3)).slice(1)).toEqual(['pair-0', 'pair-1']);
    expect(mill.tries.slice(1)).toEqual([['pair-0', 'pair-1']]);
    expect(await site.sandbox.depth(`${QUEUE}.dlq`)).toBe(0);
  });

  it('gives each event that it states its own cause, correlation and trace', async () => {
    const traces = [newTrace(), newTrace()];
    mill.script = (events, { tx }) =>
      site.worker.outbox.add(
        tx,
        events.map((cause) => milledEvent(cause.subject, cause)),
      );
    await site.together(async () => {
      for (const [index, trace] of traces.entries()) {
        await runInTrace(trace, () => site.worker.state([delivered(`caused-${index}`)]));
      }
    });
    await site.milledOnce(3);
    expect(mill.tries).toHaveLength(2);
    for (const [index, { traceId }] of traces.entries()) {
      const { rows } = await site.sandbox.db.query(
        `SELECT effect.causation_id = cause.id AS caused, effect.correlation_id AS correlation, effect.traceparent
         FROM messaging.outbox AS effect JOIN messaging.outbox AS cause USING (subject)
         WHERE cause.source = 'farm' AND effect.source = 'mill' AND subject = $1`,
        [`caused-${index}`],
      );
      expect(rows).toEqual([{ caused: true, correlation: traceId, traceparent: expect.stringContaining(traceId) }]);
    }
  });
});

it('a worker that stops finishes the batch it has begun, and what it had not begun goes to another', async () => {
  const [busy, free] = [new AbortController(), new AbortController()];
  mill.script = async () => {
    busy.abort();
    await once(free.signal, 'abort');
  };
  const isBusy = once(busy.signal, 'abort');
  await site.worker.state([delivered('begun')]);
  await isBusy;
  await site.worker.state(names(5, 'waiting').map((name) => delivered(name)));
  await site.allTaken();
  // At once, while `worker.stop` takes its time before.
  const stopped = site.worker.get(MessagingTransport).close();
  free.abort();
  await stopped;
  expect(await site.milledOnce(0)).toEqual(['begun']);
  await eventually(async () => expect(await site.sandbox.depth(QUEUE)).toBe(5));
  expect(mill.tries).toHaveLength(1);
});
