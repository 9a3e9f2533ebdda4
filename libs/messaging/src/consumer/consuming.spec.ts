import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Metrics, newTrace, runInTrace } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import {
  TestConsumer,
  effectsOf,
  effectsOnce,
  EFFECTS_TABLE,
  envelopeFor,
  lost,
  LOST_QUEUE,
  READER_QUEUE,
  ReaderConsumer,
  packed,
  PACKED_QUEUE,
  testEvents,
  scripts,
} from '../../../../test/support/test-consumer.js';
import { PermanentFailure } from './failures.js';

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

/** Long enough for a later event to overtake, if it could. */
const aMoment = () => setTimeout(Math.random() * 20);

/** Sends to one queue what the relay would never send. */
function sendRaw(body: string, properties: Record<string, unknown>): void {
  sandbox.channel.sendToQueue(sandbox.queue(PACKED_QUEUE), Buffer.from(body), properties);
}

describe('an event', () => {
  it('reaches each of its queues once, and knows its cause, its trace and its correlation', async () => {
    const received: Parameters<NonNullable<ReturnType<typeof scripts.get>>>[0][] = [];
    scripts.set('cause', async (event, { tx }) => {
      received.push(event);
      await worker.outbox.add(tx, [lost('effect', 7)]);
    });
    scripts.set('effect', async (event) => void received.push(event));
    const trace = newTrace();
    await runInTrace(trace, () => worker.publish([packed('cause', 3)]));
    expect(await effects(1, 'effect', LOST_QUEUE)).toEqual([{ sequence: 7, attempt: 1 }]);
    expect(await effects(1, 'cause', READER_QUEUE)).toEqual([{ sequence: 3, attempt: 1 }]);

    const [cause, effect] = received;
    const shape = { source: 'sender', data: { weight: 5 }, time: expect.any(Date), correlationId: trace.traceId };
    expect(cause).toEqual({
      ...shape,
      id: expect.any(String),
      type: 'item.packed.v1',
      subject: 'cause',
      sequence: 3,
      causationId: undefined,
    });
    expect(effect).toMatchObject({ ...shape, type: 'item.lost.v1', causationId: cause!.id });
    const { rows } = await sandbox.db.query(`SELECT traceparent FROM messaging.outbox WHERE subject = 'effect'`);
    expect(rows[0].traceparent).toContain(`00-${trace.traceId}-`);
  });

  it('is not published when the transaction that states it rolls back', async () => {
    const failing = worker.publish([packed('never')], () => Promise.reject(new Error('changed my mind')));
    await expect(failing).rejects.toThrow('changed my mind');
    await worker.publish([packed('after')]);
    await effects(1, 'after');
    expect(await effectsOf(sandbox.db, 'never')).toEqual([]);
  });

  it('takes effect once, however often its message comes and however close together', async () => {
    const envelope = envelopeFor('twin');
    scripts.set('twin', () => setTimeout(50));
    for (let copy = 0; copy < 5; copy += 1) sendRaw('{"weight":1}', envelope);
    const other = await sandbox.startWorker([TestConsumer]);
    for (let copy = 0; copy < 5; copy += 1) sendRaw('{"weight":1}', envelope);
    await eventually(async () => {
      expect(await sandbox.depth(PACKED_QUEUE)).toBe(0);
      expect(await effectsOf(sandbox.db, 'twin')).toEqual(ONCE);
    });
    await other.stop();
    expect(await worker.get(Metrics).render()).toMatch(/^inbox_duplicates_total [1-9]/m);
  });

  it('is handled after those before it about the same subject, while other subjects go on', async () => {
    const sequences = Array.from({ length: 15 }, (_, index) => index + 1);
    for (const subject of ['left', 'right']) scripts.set(subject, aMoment);
    for (const sequence of sequences) await worker.publish([packed('left', sequence), packed('right', sequence)]);
    const inOrder = sequences.map((sequence) => ({ sequence, attempt: 1 }));
    expect(await effects(15, 'left')).toEqual(inOrder);
    expect(await effects(15, 'right')).toEqual(inOrder);
  });
});

describe('a handler that fails', () => {
  it('is tried again at once, twice', async () => {
    scripts.set('stumbling', async (_event, { attempt }) => {
      if (attempt < 3) throw new Error('not yet');
    });
    await worker.publish([packed('stumbling')]);
    expect(await effects(1, 'stumbling')).toEqual([{ sequence: 1, attempt: 3 }]);
  });

  it('leaves nothing of a failed try behind', async () => {
    scripts.set('half', async (event, { tx, attempt }) => {
      await tx.query(`INSERT INTO effects (subject, attempt) VALUES ('half-done', $1)`, [attempt]);
      await worker.outbox.add(tx, [packed('half-stated', attempt)]);
      if (attempt === 1) throw new Error('in the middle');
      expect(event.subject).toBe('half');
    });
    await worker.publish([packed('half')]);
    expect(await effects(1, 'half')).toEqual([{ sequence: 1, attempt: 2 }]);
    const { rows } = await sandbox.db.query(`SELECT attempt FROM effects WHERE subject = 'half-done'`);
    expect(rows).toEqual([{ attempt: 2 }]);
    expect(await effects(1, 'half-stated')).toEqual([{ sequence: 2, attempt: 1 }]);
  });

  it('goes through the retry levels, three tries on each, and ends in the dead letters with all that is known', async () => {
    const tries: { attempt: number; at: number }[] = [];
    scripts.set('hopeless', async (_event, { attempt }) => {
      tries.push({ attempt, at: performance.now() });
      throw new TypeError(`failure ${attempt}`);
    });
    await worker.publish([packed('hopeless')]);
    const { properties, content } = await sandbox.take(`${PACKED_QUEUE}.dlq`);

    expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const pauses = tries.map(({ at }, index) => at - (tries[index - 1]?.at ?? at));
    for (const first of [3, 6]) expect(pauses[first]).toBeGreaterThanOrEqual(990);
    const { rows } = await sandbox.db.query(
      `SELECT id, correlation_id FROM messaging.outbox WHERE subject = 'hopeless'`,
    );
    expect(properties).toMatchObject({
      messageId: rows[0].id,
      correlationId: rows[0].correlation_id,
      type: 'item.packed.v1',
      contentType: 'application/json',
      deliveryMode: 2,
    });
    expect({ ...properties.headers, 'x-delivery-count': undefined }).toEqual({
      'ce-specversion': '1.0',
      'ce-source': 'sender',
      'ce-subject': 'hopeless',
      'ce-sequence': 1,
      'ce-time': expect.any(String),
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      'x-queue': PACKED_QUEUE,
      'x-tries': 9,
      'x-retry-level': 2,
      'x-error': 'failure 9',
      'x-error-class': 'TypeError',
      'x-error-stack': expect.stringContaining('TypeError: failure 9\n    at '),
      'x-first-failed-at': expect.any(String),
      'x-last-failed-at': expect.any(String),
      'x-original-exchange': `${sandbox.namespace}.events`,
      'x-original-routing-key': 'item.packed.v1',
    });
    const { 'x-first-failed-at': first, 'x-last-failed-at': last } = properties.headers!;
    expect(Date.parse(last) - Date.parse(first)).toBeGreaterThanOrEqual(1_990);
    expect(JSON.parse(content.toString())).toEqual({ weight: 5 });
    // The other reader of the event saw it once, and nothing took effect here.
    expect(await effects(1, 'hopeless', READER_QUEUE)).toEqual(ONCE);
    expect(await effectsOf(sandbox.db, 'hopeless')).toEqual([]);
    expect(await worker.get(Metrics).render()).toContain(`dead_letters_total{queue="${PACKED_QUEUE}"} 1`);
  });

  it('gives up at once when it says that trying again is useless', async () => {
    scripts.set('void', () => Promise.reject(new PermanentFailure('this item never was')));
    await worker.publish([packed('void')]);
    const { properties } = await sandbox.take(`${PACKED_QUEUE}.dlq`);
    expect(properties.headers).toMatchObject({
      'x-tries': 1,
      'x-error-class': 'PermanentFailure',
      'x-error': 'this item never was',
    });
  });

  it.each([
    ['22P05', `SELECT '{"note":"\\u0000"}'::jsonb ->> 'note'`, 1],
    ['22012', 'SELECT 1 / 0', 1],
    ['23502', 'INSERT INTO strict_effects VALUES (NULL)', 3],
    ['23505', 'INSERT INTO strict_effects VALUES (1), (1)', 3],
  ])('gives up without another delivery when PostgreSQL refuses the data with %s', async (sqlState, sql, tries) => {
    await sandbox.db.query('CREATE TABLE IF NOT EXISTS strict_effects (id int PRIMARY KEY)');
    scripts.set(sqlState, async (_event, { tx }) => {
      await tx.query(sql);
    });
    await worker.publish([packed(sqlState)]);
    const { properties } = await sandbox.take(`${PACKED_QUEUE}.dlq`);
    expect(properties.headers).toMatchObject({ 'ce-subject': sqlState, 'x-tries': tries, 'x-retry-level': 0 });
  });

  it('is cut off when its time is up, and what it writes afterwards is lost', async () => {
    const writes: string[] = [];
    scripts.set('slow', async (_event, { tx, attempt, signal }) => {
      if (attempt > 1) return;
      await setTimeout(600);
      expect(signal.aborted).toBe(true);
      const write = tx.query(`INSERT INTO effects (subject) VALUES ('too late')`);
      writes.push(
        await write.then(
          () => 'written',
          () => 'refused',
        ),
      );
    });
    await worker.publish([lost('slow')]);
    expect(await effects(1, 'slow', LOST_QUEUE)).toEqual([{ sequence: 1, attempt: 2 }]);
    expect(writes).toEqual(['refused']);
    const { rows } = await sandbox.db.query(`SELECT FROM effects WHERE subject = 'too late'`);
    expect(rows).toEqual([]);
  });
});
