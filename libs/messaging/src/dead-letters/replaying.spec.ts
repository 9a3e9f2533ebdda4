import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { eventually } from '../../../../test/support/eventually.js';
import {
  effectsOf,
  effectsOnce,
  lost,
  LOST_QUEUE,
  READER_QUEUE,
  packed,
  PACKED_QUEUE,
  scripts,
} from '../../../../test/support/test-consumer.js';
import { PermanentFailure } from '../consumer/failures.js';
import { DeadLetterDesk } from './dead-letter-desk.suite.js';
import { FindDeadLetters } from './find-dead-letters.js';

let desk: DeadLetterDesk;

beforeAll(async () => {
  desk = await DeadLetterDesk.open();
});

afterAll(() => desk.sandbox.remove());

beforeEach(() => desk.clear());

describe('a dead letter whose cause is mended', () => {
  it('takes effect once when it is replayed, in its own queue only, and says who asked', async () => {
    const { id } = await desk.letterAbout('mended');
    await effectsOnce(desk.sandbox.db, 1, 'mended', READER_QUEUE);
    scripts.delete('mended');
    expect(await desk.replay(id)).toMatchObject({ id, status: 'replaying', replays: 1, handledAt: null });
    expect(await effectsOnce(desk.sandbox.db, 1, 'mended')).toEqual([{ sequence: 1, attempt: 2 }]);
    const letter = await desk.becomes(id, 'replayed');
    expect(letter.handledAt).toEqual(expect.any(Date));
    expect(letter.history).toEqual([{ action: 'replay', actor: 'staff:ada', note: null, at: expect.any(Date) }]);
    expect(await effectsOf(desk.sandbox.db, 'mended', READER_QUEUE)).toHaveLength(1);
  });

  it('is not replayed a second time, however often and however many ask', async () => {
    const { id } = await desk.letterAbout('insisted');
    scripts.delete('insisted');
    await Promise.all(Array.from({ length: 5 }, () => desk.replay(id)));
    await desk.becomes(id, 'replayed');
    expect(await desk.replay(id)).toMatchObject({ status: 'replayed', replays: 1, history: [{ action: 'replay' }] });
    await setTimeout(500);
    expect(await effectsOf(desk.sandbox.db, 'insisted')).toHaveLength(1);
  });

  it('takes effect once when the relay dies before it has noted that it was sent', async () => {
    const { id } = await desk.letterAbout('doubled');
    scripts.delete('doubled');
    await desk.replay(id);
    await desk.becomes(id, 'replayed');
    await effectsOnce(desk.sandbox.db, 1, 'doubled');
    await desk.sandbox.db.query(`UPDATE messaging.dead_letters SET status = 'replaying' WHERE id = $1`, [id]);
    await desk.becomes(id, 'replayed');
    await eventually(async () => expect(await desk.sandbox.depth(PACKED_QUEUE)).toBe(0));
    expect(await effectsOf(desk.sandbox.db, 'doubled')).toHaveLength(1);
  });

  it('keeps what its message was', async () => {
    const { id } = await desk.letterAbout('same');
    const before = await desk.read(id);
    const seen: unknown[] = [];
    scripts.set('same', async (event) => void seen.push(event));
    await desk.replay(id);
    await effectsOnce(desk.sandbox.db, 1, 'same');
    expect(seen).toEqual([
      {
        id: before.messageId,
        type: 'item.packed.v1',
        source: 'sender',
        subject: 'same',
        sequence: 1,
        time: new Date((before.properties['headers'] as Record<string, string>)['ce-time']!),
        correlationId: before.properties['correlationId'],
        causationId: undefined,
        data: { weight: 5 },
      },
    ]);
  });
});

describe('a dead letter that fails again', () => {
  it('is the same letter, with what was tried', async () => {
    const { id } = await desk.letterAbout('stubborn');
    scripts.set('stubborn', () => Promise.reject(new PermanentFailure('still no shelf')));
    await desk.replay(id);
    const letter = await desk.becomes(id, 'waiting');
    expect(letter).toMatchObject({ attempts: 2, detail: 'still no shelf' });
    expect(letter.history).toMatchObject([
      { action: 'replay', actor: 'staff:ada' },
      { action: 'failed_again', actor: null, note: 'PermanentFailure: still no shelf' },
    ]);
    expect(letter.lastFailedAt.getTime()).toBeGreaterThan(letter.firstFailedAt.getTime());
    expect(letter.originalRoutingKey).toBe('item.packed.v1');
    expect(await desk.list()).toHaveLength(1);
    scripts.delete('stubborn');
    await desk.replay(id);
    await effectsOnce(desk.sandbox.db, 1, 'stubborn');
    await desk.becomes(id, 'replayed', 2);
  });

  it('begins again at retry level 0, with all its tries', async () => {
    const { id } = await desk.letterAbout('climber');
    const attempts: number[] = [];
    scripts.set('climber', async (_event, { attempt }) => {
      attempts.push(attempt);
      throw new Error('not yet');
    });
    await desk.replay(id);
    expect(await desk.becomes(id, 'waiting')).toMatchObject({ attempts: 10 });
    // The first call was that of the letter.
    expect(attempts).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('is not opened again by a copy of an earlier failure', async () => {
    const { id, messageId } = await desk.letterAbout('echo');
    const { body, properties } = await desk.read(id);
    const { headers } = properties as { headers: Record<string, unknown> };
    scripts.delete('echo');
    await desk.replay(id);
    await desk.becomes(id, 'replayed');
    desk.sandbox.channel.sendToQueue(desk.sandbox.queue(`${PACKED_QUEUE}.dlq`), body, { messageId, headers });
    desk.sandbox.channel.sendToQueue(desk.sandbox.queue(`${PACKED_QUEUE}.dlq`), Buffer.from('next'), { messageId });
    await eventually(async () => expect(await desk.list()).toHaveLength(2));
    expect(await desk.read(id)).toMatchObject({ status: 'replayed', history: [{ action: 'replay' }] });
  });
});

describe('a replay', () => {
  it('of a group takes its queue, and of that one error where it is named', async () => {
    const [one, two] = await desk.lettersAbout(['shelf-1', 'shelf-2']);
    const [other] = await desk.lettersAbout(['elsewhere'], lost);
    scripts.set('odd', () => Promise.reject(Object.assign(new PermanentFailure('odd'), { code: 'odd_one' })));
    await desk.worker.publish([packed('odd')]);
    await eventually(async () => expect(await desk.list()).toHaveLength(4));
    expect(await desk.transactions.read((db) => desk.worker.get(FindDeadLetters).groups(db))).toMatchObject([
      { queue: PACKED_QUEUE, error: 'PermanentFailure', waiting: 2, detail: 'no such shelf' },
      { queue: LOST_QUEUE, error: 'PermanentFailure', waiting: 1 },
      { queue: PACKED_QUEUE, error: 'odd_one', waiting: 1, detail: 'odd' },
    ]);
    for (const subject of ['shelf-1', 'shelf-2', 'elsewhere', 'odd']) scripts.delete(subject);

    const asked = await desk.replayGroup({ queue: PACKED_QUEUE, error: 'PermanentFailure' });
    expect(asked).toEqual({ replaying: 2, remaining: 0 });
    for (const { id } of [one!, two!]) await desk.becomes(id, 'replayed');
    expect(await desk.read(other!.id)).toMatchObject({ status: 'waiting' });
    expect(await desk.replayGroup({ queue: PACKED_QUEUE })).toEqual({ replaying: 1, remaining: 0 });
    expect(await desk.replayGroup({})).toEqual({ replaying: 1, remaining: 0 });
    expect(await desk.replayGroup({})).toEqual({ replaying: 0, remaining: 0 });
    await effectsOnce(desk.sandbox.db, 1, 'odd');
    await effectsOnce(desk.sandbox.db, 1, 'elsewhere', LOST_QUEUE);
  });

  it('of five hundred brings each of them to its effect, once', async () => {
    const subjects = Array.from({ length: 500 }, (_, index) => `many-${index}`);
    await desk.lettersAbout(subjects);
    for (const subject of subjects) scripts.delete(subject);
    expect(await desk.replayGroup({ queue: PACKED_QUEUE })).toEqual({ replaying: 500, remaining: 0 });
    await eventually(async () => {
      const { rows } = await desk.sandbox.db.query(
        `SELECT count(*)::int AS count, count(DISTINCT subject)::int AS subjects FROM effects
         WHERE subject LIKE 'many-%' AND queue = $1`,
        [PACKED_QUEUE],
      );
      expect(rows).toEqual([{ count: 500, subjects: 500 }]);
      expect(new Set((await desk.list()).map(({ status }) => status))).toEqual(new Set(['replayed']));
    });
  });

  it('into a queue that is not there waits for a person again, and says so', async () => {
    await desk.worker.connected();
    const id = newId('dead');
    await desk.sandbox.db.query(
      `INSERT INTO messaging.dead_letters (id, queue, message_id, body, properties, error, detail, stack, attempts,
         first_failed_at, last_failed_at)
       VALUES ($1, 'sender.closed', $2, 'x', '{}', 'unknown', '', '', 1, now(), now())`,
      [id, randomUUID()],
    );
    await desk.replay(id);
    const letter = await desk.becomes(id, 'waiting');
    const note = expect.stringContaining('returned by RabbitMQ');
    expect(letter.history).toMatchObject([{ action: 'replay' }, { action: 'replay_refused', actor: null, note }]);
  });
});
