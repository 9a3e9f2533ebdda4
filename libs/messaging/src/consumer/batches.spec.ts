import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseUnavailable } from '#database';
import { Metrics, newTrace, runInTrace } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import type { BatchContext } from './consume-context.js';
import { Consumes } from './consumes.decorator.js';
import { EventsFailed } from './events-failed.js';
import {
  allTaken,
  BATCH_MAX,
  delivered,
  envelopeOf,
  GrainDelivered,
  GrainMilled,
  milledEvent,
  names,
  onceMilled,
  QUEUE,
  type Delivered,
} from './mill.suite.js';
import { PermanentFailure } from './permanent-failure.js';

/** Every try, as the subjects in it. */
const tries: string[][] = [];
let script: (events: readonly Delivered[], context: BatchContext) => Promise<void> | void = () => undefined;

@Controller()
class Mill {
  @Consumes(GrainDelivered, QUEUE, { batch: BATCH_MAX })
  async handle(@Payload() events: readonly Delivered[], @Ctx() context: BatchContext): Promise<void> {
    tries.push(events.map(({ subject }) => subject));
    await script(events, context);
    await context.tx.query('INSERT INTO milled (subject, sequence) SELECT * FROM unnest($1::text[], $2::int[])', [
      events.map(({ subject }) => subject),
      events.map(({ sequence }) => sequence),
    ]);
  }
}

let sandbox: MessagingSandbox;
let worker: MessagingWorker;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create([GrainDelivered, GrainMilled]);
  await sandbox.db.query('CREATE TABLE milled (subject text, sequence int, place bigint GENERATED ALWAYS AS IDENTITY)');
  worker = await sandbox.startWorker([Mill]);
  await worker.connected();
});

afterAll(() => sandbox.remove());

beforeEach(async () => {
  script = () => undefined;
  tries.length = 0;
  await sandbox.db.query('TRUNCATE milled RESTART IDENTITY');
});

const milledOnce = (count: number) => onceMilled(sandbox.db, count);

/** Keeps the mill busy with one event until that many others wait in this process, so that they come as a batch. */
async function together(send: () => Promise<void> | void): Promise<void> {
  const [busy, free] = [new AbortController(), new AbortController()];
  const wanted = script;
  script = async (events, context) => {
    if (events[0]?.subject.startsWith('first') !== true) return wanted(events, context);
    busy.abort();
    await once(free.signal, 'abort');
  };
  const isBusy = once(busy.signal, 'abort');
  await worker.state([delivered(`first-${randomUUID()}`)]);
  await isBusy;
  await send();
  await allTaken(sandbox);
  free.abort();
}

const sendTogether = (subjects: readonly string[]) =>
  together(() => worker.state(subjects.map((name) => delivered(name))));

describe('a batch', () => {
  it('is what has come while the last one was handled, up to its bound, and nobody waits for others', async () => {
    const subjects = names(20, 'sack');
    await sendTogether(subjects);
    expect((await milledOnce(21)).slice(1)).toEqual(subjects);
    expect(tries.map((events) => events.length)).toEqual([1, 8, 8, 4]);
    await worker.state([delivered('lonely')]);
    await milledOnce(22);
    expect(tries.at(-1)).toEqual(['lonely']);
  });

  it('keeps the order of events about a subject', async () => {
    await together(() =>
      worker.state(Array.from({ length: 20 }, (_, index) => delivered(`farm-${index % 2}`, 1 + Math.floor(index / 2)))),
    );
    const subjects = await milledOnce(21);
    for (const farm of ['farm-0', 'farm-1']) {
      const own = subjects.filter((subject) => subject.startsWith(farm));
      expect(own).toEqual([farm, ...Array.from({ length: 9 }, (_, index) => `${farm} ${index + 2}`)]);
    }
  });

  it('has every event once, however often its message comes', async () => {
    const other = await sandbox.startWorker([Mill]);
    const envelopes = names(10, 'twin').map(envelopeOf);
    for (const envelope of [...envelopes, ...envelopes, ...envelopes]) {
      sandbox.channel.sendToQueue(sandbox.queue(QUEUE), Buffer.from('{"kilos":1}'), envelope);
    }
    await milledOnce(10);
    await other.stop();
    await eventually(async () => expect(await worker.get(Metrics).render()).toMatch(/^inbox_duplicates_total [1-9]/m));
    expect((await milledOnce(0)).toSorted()).toEqual(names(10, 'twin'));
  });

  it('gives each event that it states its own cause, correlation and trace', async () => {
    const traces = [newTrace(), newTrace()];
    script = (events, { tx }) =>
      worker.outbox.add(
        tx,
        events.map((cause) => milledEvent(cause.subject, cause)),
      );
    await together(async () => {
      for (const [index, trace] of traces.entries()) {
        await runInTrace(trace, () => worker.state([delivered(`caused-${index}`)]));
      }
    });
    await milledOnce(3);
    expect(tries).toHaveLength(2);
    for (const [index, { traceId }] of traces.entries()) {
      const { rows } = await sandbox.db.query(
        `SELECT effect.causation_id = cause.id AS caused, effect.correlation_id AS correlation, effect.traceparent
         FROM messaging.outbox AS effect JOIN messaging.outbox AS cause USING (subject)
         WHERE cause.source = 'farm' AND effect.source = 'mill' AND subject = $1`,
        [`caused-${index}`],
      );
      expect(rows).toEqual([{ caused: true, correlation: traceId, traceparent: expect.stringContaining(traceId) }]);
    }
  });
});

describe('a batch that fails', () => {
  it('is halved until its neighbours have taken effect and the poison has gone its way with exact counts', async () => {
    script = (events) => {
      if (events.some(({ subject }) => subject === 'poison')) throw new TypeError('bitter');
    };
    const neighbours = names(7, 'good');
    await sendTogether([...neighbours.slice(0, 3), 'poison', ...neighbours.slice(3)]);
    const { properties } = await sandbox.take(`${QUEUE}.dlq`);
    expect(properties.headers).toMatchObject({
      'ce-subject': 'poison',
      'x-attempt': 9,
      'x-rung': 2,
      'x-error': 'bitter',
      'x-error-class': 'TypeError',
    });
    expect((await milledOnce(0)).slice(1)).toEqual(neighbours);
    // 8, 4, 2, then alone: three tries a delivery, three deliveries.
    expect(tries.filter((events) => events.includes('poison')).map((events) => events.length)).toEqual([
      8, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ]);
  });

  it('loses only those that the handler names, without halving', async () => {
    script = (events) => {
      const bad = events.filter(({ subject }) => subject.startsWith('poison'));
      if (bad.length > 0) throw new EventsFailed(bad.map((event) => [event, new PermanentFailure('unfit')]));
    };
    await sendTogether(['a', 'poison-1', 'b', 'poison-2', 'c']);
    expect((await milledOnce(4)).slice(1)).toEqual(['a', 'b', 'c']);
    for (const subject of ['poison-1', 'poison-2']) {
      const { properties } = await sandbox.take(`${QUEUE}.dlq`);
      expect(properties.headers).toMatchObject({ 'ce-subject': subject, 'x-attempt': 1, 'x-error': 'unfit' });
    }
    expect(tries.slice(1).map((events) => events.length)).toEqual([5, 3]);
  });

  it('leaves the one to blame to be tried alone; others pass it, what is about its subject waits behind it', async () => {
    const mended = new AbortController();
    let triesAlone = 0;
    script = async (events) => {
      if (events.every(({ subject }) => subject !== 'rotten')) return;
      if (events.length === 1) triesAlone += 1;
      if (triesAlone <= 1) throw new Error('rotten');
      if (!mended.signal.aborted) await once(mended.signal, 'abort');
    };
    await together(() =>
      worker.state([delivered('one'), delivered('rotten'), delivered('two'), delivered('rotten', 2)]),
    );
    await milledOnce(3);
    await worker.state([delivered('later')]);
    expect((await milledOnce(4)).slice(1)).toEqual(['one', 'two', 'later']);
    mended.abort();
    expect((await milledOnce(6)).slice(4)).toEqual(['rotten', 'rotten 2']);
  });

  it('is tried again as a whole while there is no database, which is nobody’s fault', async () => {
    let failures = 0;
    script = () => {
      failures += 1;
      if (failures <= 2) throw new DatabaseUnavailable(new Error('gone'));
    };
    await sendTogether(names(5, 'patient'));
    expect((await milledOnce(6)).slice(1)).toEqual(names(5, 'patient'));
    expect(tries.slice(1).map((events) => events.length)).toEqual([5, 5, 5]);
  });

  it('leaves nothing of a failed try behind', async () => {
    let failed = false;
    script = async (events, { tx }) => {
      await worker.outbox.add(tx, [milledEvent('half', events[0]!)]);
      if (!failed) {
        failed = true;
        throw new EventsFailed([[events[0]!, new Error('not yet')]]);
      }
    };
    await worker.state([delivered('half')]);
    await milledOnce(1);
    const { rows } = await sandbox.db.query(`SELECT FROM messaging.outbox WHERE subject = 'half' AND source = 'mill'`);
    expect(rows).toHaveLength(1);
  });
});

it('a worker that stops finishes the batch it has begun, and what it had not begun goes to another', async () => {
  const [busy, free] = [new AbortController(), new AbortController()];
  script = async () => {
    busy.abort();
    await once(free.signal, 'abort');
  };
  const isBusy = once(busy.signal, 'abort');
  await worker.state([delivered('begun')]);
  await isBusy;
  await worker.state(names(5, 'waiting').map((name) => delivered(name)));
  await allTaken(sandbox);
  const stopped = worker.stop();
  await setTimeout(300);
  free.abort();
  await stopped;
  expect(await milledOnce(0)).toEqual(['begun']);
  await eventually(async () => expect(await sandbox.depth(QUEUE)).toBe(5));
  expect(tries).toHaveLength(1);
});
