import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Transactions, type Tx } from '#database';
import { Metrics, newTrace, runInTrace } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import type { BatchContext } from '../consumer/consume-context.js';
import { Consumes } from '../consumer/consumes.decorator.js';
import { defineEvent, type ReceivedEvent } from '../events/event.js';
import { InvalidEvent } from '../events/event-body.js';
import { later, Schedule, type Due } from './schedule.js';

const CakeDone = defineEvent({
  type: 'cake.done.v1',
  source: 'kitchen.reminder',
  description: 'Take it out.',
  schema: z.object({ name: z.string() }),
  example: { name: 'apple' },
  queues: ['kitchen.cake-done'],
  internal: true,
});

const received: ReceivedEvent<typeof CakeDone>[] = [];

@Controller()
class Kitchen {
  @Consumes(CakeDone, 'kitchen.cake-done')
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof CakeDone>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await tx.query(
      'INSERT INTO cakes (subject, name, at) SELECT subject, name, clock_timestamp() FROM unnest($1::text[], $2::text[]) AS done (subject, name)',
      [events.map(({ subject }) => subject), events.map(({ data }) => data.name)],
    );
    received.push(...events);
  }
}

let sandbox: MessagingSandbox;
let worker: MessagingWorker;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create([CakeDone]);
  await sandbox.db.query('CREATE TABLE cakes (subject text, name text, at timestamptz)');
  worker = await sandbox.startWorker([Kitchen], { SWEEP_INTERVAL_SECONDS: '1' });
  await worker.connected();
});

afterAll(() => sandbox.remove());

const run = <T>(work: (tx: Tx, schedule: Schedule) => Promise<T>): Promise<T> =>
  worker.get(Transactions).run((tx) => work(tx, worker.get(Schedule)));

const cake = (subject: string, due: Due, name = 'apple') => later(CakeDone, { subject, due, data: { name } });

const done = async (subject: string): Promise<{ name: string; at: Date }[]> =>
  (await sandbox.db.query('SELECT name, at FROM cakes WHERE subject = $1 ORDER BY at', [subject])).rows;

const doneOnce = (subject: string, count = 1) =>
  eventually(async () => {
    const rows = await done(subject);
    if (rows.length < count) throw new Error(`${rows.length} times`);
    return rows;
  });

/** What still waits for its time, in the order of the subjects. */
const waiting = async (): Promise<string[]> =>
  (await sandbox.db.query('SELECT subject FROM messaging.scheduled ORDER BY subject')).rows.map((row) => row.subject);

const HOUR_MS = 3_600_000;

describe('a scheduled message', () => {
  it('comes when its time has come and not before, with the trace of whoever scheduled it', async () => {
    const trace = newTrace();
    const { rows } = await sandbox.db.query(`SELECT now() + interval '2 s' AS at`);
    await runInTrace(trace, () => run((tx, schedule) => schedule.put(tx, [cake('punctual', rows[0])])));
    expect(await waiting()).toEqual(['punctual']);
    const [handled] = await doneOnce('punctual');
    expect(handled!.at.getTime()).toBeGreaterThanOrEqual(rows[0].at.getTime());
    expect(await waiting()).toEqual([]);
    expect(received.find(({ subject }) => subject === 'punctual')).toMatchObject({
      source: 'kitchen.reminder',
      correlationId: trace.traceId,
      data: { name: 'apple' },
    });
  });

  it('is sent if, and only if, the transaction that scheduled it commits', async () => {
    const failing = run(async (tx, schedule) => {
      await schedule.put(tx, [cake('never', { inMs: 0 })]);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await run((tx, schedule) => schedule.put(tx, [cake('after', { inMs: 0 })]));
    await doneOnce('after');
    expect(await done('never')).toEqual([]);
  });

  it('replaces the one that waits for the same subject, and can follow one that was sent', async () => {
    await run((tx, schedule) => schedule.put(tx, [cake('twice', { inMs: HOUR_MS }, 'first')]));
    await run((tx, schedule) => schedule.put(tx, [cake('twice', { inMs: 0 }, 'second')]));
    await doneOnce('twice');
    await run((tx, schedule) => schedule.put(tx, [cake('twice', { inMs: 0 }, 'third')]));
    expect((await doneOnce('twice', 2)).map(({ name }) => name)).toEqual(['second', 'third']);
  });

  it('leaves the one that waits for the same subject where it is only to be new', async () => {
    await run((tx, schedule) => schedule.putNew(tx, [cake('kept', { inMs: HOUR_MS }, 'first')]));
    await run((tx, schedule) => schedule.putNew(tx, [cake('kept', { inMs: 0 }, 'second'), cake('new', { inMs: 0 })]));
    expect((await doneOnce('new')).map(({ name }) => name)).toEqual(['apple']);
    expect(await waiting()).toEqual(['kept']);
    await run((tx, schedule) => schedule.cancel(tx, CakeDone, ['kept']));
    expect(await done('kept')).toEqual([]);
  });

  it('can be cancelled', async () => {
    const cakes = [cake('burnt', { inMs: HOUR_MS }), cake('kept', { inMs: HOUR_MS })];
    await run((tx, schedule) => schedule.put(tx, cakes));
    await run((tx, schedule) => schedule.cancel(tx, CakeDone, ['burnt', 'unknown']));
    expect(await waiting()).toEqual(['kept']);
    await run((tx, schedule) => schedule.cancel(tx, CakeDone, ['kept']));
  });

  it('is refused at once when its body does not fit', async () => {
    const wrong = { event: CakeDone, subject: 'odd', due: { inMs: 0 }, data: {} };
    await expect(run((tx, schedule) => schedule.put(tx, [wrong]))).rejects.toThrow(InvalidEvent);
  });

  it('comes once, however many workers look and however many are due', async () => {
    const others = await Promise.all([sandbox.startWorker([Kitchen]), sandbox.startWorker([Kitchen])]);
    await run((tx, schedule) =>
      schedule.put(
        tx,
        Array.from({ length: 1_200 }, (_, index) => cake(`tray-${index}`, { inMs: 0 })),
      ),
    );
    await eventually(async () => {
      const { rows } = await sandbox.db.query(
        `SELECT count(*)::int AS rows, count(DISTINCT subject)::int AS subjects FROM cakes WHERE subject LIKE 'tray-%'`,
      );
      expect(rows).toEqual([{ rows: 1_200, subjects: 1_200 }]);
    });
    for (const other of others) await other.stop();
  });

  it('waits while no worker is there, and is reported as late', async () => {
    const own = await MessagingSandbox.create([CakeDone]);
    await own.db.query('CREATE TABLE cakes (subject text, name text, at timestamptz)');
    const first = await own.startWorker([]);
    await first.connected();
    await first.stop();
    await own.db.query(
      `INSERT INTO messaging.scheduled (type, source, subject, due_at, data, correlation_id, traceparent)
       VALUES ('cake.done.v1', 'kitchen.reminder', 'forgotten', now() - interval '1 minute', '{"name":"plum"}', 'c', 't'),
              ('cake.done.v1', 'kitchen.reminder', 'future', now() + interval '1 hour', '{"name":"plum"}', 'c', 't')`,
    );
    const second = await own.startWorker([Kitchen]);
    await eventually(async () => {
      const { rows } = await own.db.query('SELECT subject FROM cakes');
      expect(rows).toEqual([{ subject: 'forgotten' }]);
    });
    const metrics = await second.get(Metrics).render();
    expect(metrics).toContain('scheduled_pending 1');
    expect(metrics).toContain('scheduled_lateness_seconds 0');
    await own.remove();
  });
});
