import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { newTrace } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { meeting } from '../../../../test/support/meeting.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import { defineEvent, message, type ReceivedEvent } from '../events/event.js';
import type { CommitContext } from './consume-context.js';
import { Consumes } from './consumes.decorator.js';

const QUEUE = 'harbour.ship-sighted';

const ShipSighted = defineEvent({
  type: 'ship.sighted.v1',
  source: 'coast',
  description: 'Ask the pilot.',
  schema: z.object({}),
  example: {},
  queues: [QUEUE],
});

const COVE_LIMIT_MS = 500;

const BoatSighted = defineEvent({
  type: 'boat.sighted.v1',
  source: 'coast',
  description: 'It needs no pilot.',
  schema: z.object({}),
  example: {},
  queues: ['cove.boat-sighted'],
});

type Sighting = ReceivedEvent<typeof ShipSighted>;

/** What asking the pilot does, by subject; and how often each was asked about. */
const pilots = new Map<string, (context: CommitContext) => Promise<void>>();
const asked = new Map<string, number>();

@Controller()
class Harbour {
  @Consumes(ShipSighted, QUEUE, { transaction: 'own', limitMs: 20_000 })
  async handle(@Payload() [{ subject }]: readonly [Sighting], @Ctx() context: CommitContext): Promise<void> {
    asked.set(subject, (asked.get(subject) ?? 0) + 1);
    const own = pilots.get(subject);
    await (own ? own(context) : moor(subject, context));
  }
}

@Controller()
class Cove {
  @Consumes(BoatSighted, 'cove.boat-sighted', { transaction: 'own', limitMs: COVE_LIMIT_MS })
  async handle(
    @Payload() [{ subject }]: readonly [ReceivedEvent<typeof BoatSighted>],
    @Ctx() context: CommitContext,
  ): Promise<void> {
    await moor(subject, context);
  }
}

const moor = (subject: string, { commit }: CommitContext): Promise<void> =>
  commit(async (tx) => {
    await tx.query('INSERT INTO moored (subject, attempt) VALUES ($1, $2)', [subject, asked.get(subject) ?? 1]);
  });

/** A pool that lends handlers a single connection. */
const NARROW = { DATABASE_POOL_MAX: '3' };

let sandbox: MessagingSandbox;
let worker: MessagingWorker;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create([ShipSighted, BoatSighted]);
  await sandbox.db.query('CREATE TABLE moored (subject text, attempt int)');
  worker = await sandbox.startWorker([Harbour, Cove], NARROW);
  await worker.connected();
});

afterAll(() => sandbox.remove());

const sight = (...subjects: string[]) =>
  worker.publish(subjects.map((subject) => message(ShipSighted, { subject, sequence: 1, data: {} })));

const moored = async (subject: string): Promise<number[]> =>
  (await sandbox.db.query('SELECT attempt FROM moored WHERE subject = $1', [subject])).rows.map((row) => row.attempt);

const mooredOnce = (subject: string, attempt = 1) =>
  eventually(async () => expect(await moored(subject)).toEqual([attempt]));

describe('a handler with a transaction of its own', () => {
  it('waits for others without a connection, a transaction or a lock, also beside more like it than there are', async () => {
    const ships = ['Ada', 'Bea', 'Cleo', 'Dora', 'Else'];
    const together = meeting(ships.length + 1);
    for (const ship of ships) {
      pilots.set(ship, async (context) => {
        await together();
        await moor(ship, context);
      });
    }
    await sight(...ships);
    await eventually(() => expect(ships.map((ship) => asked.get(ship))).toEqual(ships.map(() => 1)));
    await eventually(async () => {
      const { rows } = await sandbox.db.query(`
        SELECT pid, state, query FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
          AND backend_type = 'client backend'`);
      expect(rows).toEqual([]);
    });
    expect((await sandbox.db.query('SELECT FROM messaging.inbox')).rowCount).toBe(0);
    await together();
    for (const ship of ships) await mooredOnce(ship);
  });

  it('loses none of its time by waiting for a connection before it begins', async () => {
    const free = new AbortController();
    pilots.set('wide', ({ commit }) =>
      commit(async () => {
        if (!free.signal.aborted) await once(free.signal, 'abort');
      }),
    );
    await sight('wide');
    await eventually(() => expect(asked.get('wide')).toBe(1));
    await worker.publish([message(BoatSighted, { subject: 'small', sequence: 1, data: {} })]);
    await setTimeout(3 * COVE_LIMIT_MS);
    free.abort();
    await mooredOnce('small');
  });

  it('is not asked again for a message that has taken effect', async () => {
    const properties = {
      messageId: randomUUID(),
      type: ShipSighted.type,
      contentType: 'application/json',
      correlationId: 'sighted',
      headers: {
        'ce-specversion': '1.0',
        'ce-source': 'coast',
        'ce-subject': 'twice',
        'ce-time': new Date().toISOString(),
        'ce-sequence': 1,
        traceparent: `00-${newTrace().traceId}-00f067aa0ba902b7-01`,
      },
    };
    for (let copy = 0; copy < 3; copy += 1) {
      sandbox.channel.sendToQueue(sandbox.queue(QUEUE), Buffer.from('{}'), properties);
    }
    await mooredOnce('twice');
    await eventually(async () => expect(await sandbox.depth(QUEUE)).toBe(0));
    await sight('after');
    await mooredOnce('after');
    expect(await moored('twice')).toEqual([1]);
    expect(asked.get('twice')).toBe(1);
  });

  it('takes effect once when it fails between the answer and its commit', async () => {
    pilots.set('lost', async (context) => {
      if (asked.get('lost') === 1) throw new Error('the answer is lost');
      await moor('lost', context);
    });
    await sight('lost');
    await mooredOnce('lost', 2);
    expect(asked.get('lost')).toBe(2);
  });

  it('leaves nothing of a commit that fails, and may repeat it', async () => {
    pilots.set('torn', async (context) => {
      await context.commit(async (tx) => {
        await tx.query(`INSERT INTO moored (subject, attempt) VALUES ('torn', $1)`, [asked.get('torn')]);
        if (asked.get('torn') === 1) throw new Error('a rope tears');
      });
    });
    await sight('torn');
    await mooredOnce('torn', 2);
    expect(asked.get('torn')).toBe(2);
  });

  it.each([
    ['commits nothing', async () => undefined, 'has committed nothing'],
    [
      'swallows the failure of its commit',
      ({ commit }: CommitContext) => commit(() => Promise.reject(new Error('a rope tears'))).catch(() => undefined),
      'has committed nothing',
    ],
  ])('that %s ends in the dead letters', async (subject, pilot, error) => {
    pilots.set(subject, pilot);
    await sight(subject);
    const { properties } = await sandbox.take(`${QUEUE}.dlq`);
    expect(properties.headers).toMatchObject({ 'ce-subject': subject, 'x-error': expect.stringContaining(error) });
  });

  it('cannot commit twice', async () => {
    pilots.set('greedy', async (context) => {
      await moor('greedy', context);
      await expect(moor('greedy', context)).rejects.toThrow('has committed already');
      pilots.delete('greedy');
    });
    await sight('greedy');
    await eventually(() => expect(pilots.has('greedy')).toBe(false));
    await mooredOnce('greedy');
  });
});

describe('a process that stops while its handler waits', () => {
  it('gives the message back, and what comes too late takes no effect', async () => {
    const own = await MessagingSandbox.create([ShipSighted]);
    await own.db.query('CREATE TABLE moored (subject text, attempt int)');
    const stopping = await own.startWorker([Harbour], { SHUTDOWN_TIMEOUT_SECONDS: '5' });
    await stopping.connected();
    let late: Promise<unknown> | undefined;
    pilots.set('slow', (context) => {
      pilots.delete('slow');
      const end = new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
      late = end.then(() => moor('slow', context)).catch((error: unknown) => error);
      return end.then(() => setTimeout(60_000, undefined, { ref: false }));
    });
    await stopping.publish([message(ShipSighted, { subject: 'slow', sequence: 1, data: {} })]);
    await eventually(() => expect(late).toBeDefined());
    await stopping.stop();
    expect(String(await late)).toContain('This process has no time left.');
    const next = await own.startWorker([Harbour]);
    await next.connected();
    await eventually(async () => {
      const { rows } = await own.db.query('SELECT subject FROM moored');
      expect(rows).toEqual([{ subject: 'slow' }]);
    });
    await own.remove();
  });
});
