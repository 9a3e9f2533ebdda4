import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { newId, type Id } from '#kernel';
import { eventually } from '../../../../test/support/eventually.js';
import { envelopeFor, PACKED_QUEUE, scripts } from '../../../../test/support/test-consumer.js';
import { PermanentFailure } from '../consumer/failures.js';
import { Retention } from '../retention.js';
import { DeadLetterDesk } from './dead-letter-desk.suite.js';
import { REPLAY_BATCH_MAX } from './replay-dead-letters.js';

let desk: DeadLetterDesk;

beforeAll(async () => {
  desk = await DeadLetterDesk.open();
});

afterAll(() => desk.sandbox.remove());

beforeEach(() => desk.clear());

describe('a dead letter that is discarded', () => {
  it('stays so, with the first reason', async () => {
    const { id } = await desk.letterAbout('unwanted');
    expect(await desk.discard(id)).toMatchObject({
      status: 'discarded',
      history: [{ action: 'discard', actor: 'staff:bob', note: 'a test order' }],
    });
    expect((await desk.discard(id, 'another reason')).history).toHaveLength(1);
    await expect(desk.replay(id)).rejects.toMatchObject({ code: 'invalid_transition', data: { from: 'discarded' } });
    expect(await desk.replayGroup({})).toEqual({ replaying: 0, remaining: 0 });
  });

  it('was not replayed, and is there', async () => {
    const { id } = await desk.letterAbout('wanted');
    scripts.delete('wanted');
    await desk.replay(id);
    await expect(desk.discard(id)).rejects.toMatchObject({ code: 'invalid_transition', data: { to: 'discarded' } });
    await desk.becomes(id, 'replayed');
    const nobodys = newId('dead');
    await expect(desk.discard(nobodys)).rejects.toMatchObject({ code: 'dead_letter_not_found' });
    await expect(desk.replay(nobodys)).rejects.toMatchObject({ code: 'dead_letter_not_found' });
  });
});

describe('a group that is larger than one call takes', () => {
  it('is replayed oldest first, and the rest is counted, however old the statistics are that PostgreSQL plans with', async () => {
    await letters('sender.gone', 20, 'discarded');
    await desk.sandbox.db.query('ANALYZE messaging.dead_letters');
    await letters('sender.closed', REPLAY_BATCH_MAX + 2);
    const waitingSince = new Date();
    const asked = () => desk.replayGroup({ queue: 'sender.closed', error: 'busy', waitingSince });
    expect(await asked()).toEqual({ replaying: REPLAY_BATCH_MAX, remaining: 2 });
    expect(await asked()).toEqual({ replaying: 2, remaining: 0 });
    // The queue is not there, so they come back: whoever repeats the call does not meet them again.
    const { id } = (await desk.list()).findLast(({ queue }) => queue === 'sender.closed')!;
    await desk.becomes(id, 'waiting');
    expect(await asked()).toEqual({ replaying: 0, remaining: 0 });
  });
});

describe('after thirty days', () => {
  it('what was decided is forgotten, what waits is not, nor that another copy of it has taken effect', async () => {
    const old = await desk.lettersAbout([
      'old-waiting',
      'old-replayed',
      'old-discarded',
      'young-discarded',
      'young-replayed',
    ]);
    const [waiting, replayed, discarded, young, onItsWay] = old.map(({ id }) => id);
    for (const subject of ['old-replayed', 'young-replayed']) scripts.delete(subject);
    for (const id of [replayed!, onItsWay!]) {
      await desk.replay(id);
      await desk.becomes(id, 'replayed');
    }
    for (const id of [discarded!, young!]) await desk.discard(id);
    const ids = old.map(({ messageId }) => messageId);
    await desk.sandbox.db.query(
      `INSERT INTO messaging.inbox (consumer, message_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING`,
      [PACKED_QUEUE, ids],
    );
    await desk.sandbox.db.query(`UPDATE messaging.inbox SET received_at = now() - interval '31 days'`);
    await aged(waiting!, replayed!, discarded!);
    await prune();
    expect((await desk.list()).map(({ id }) => id).toSorted()).toEqual([waiting!, young!, onItsWay!].toSorted());
    const { rows } = await desk.sandbox.db.query('SELECT message_id AS id FROM messaging.inbox WHERE consumer = $1', [
      PACKED_QUEUE,
    ]);
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([ids[0], ids[3], ids[4]]));
    const { rowCount } = await desk.sandbox.db.query(
      'SELECT FROM messaging.dead_letter_history WHERE dead_letter_id = ANY ($1)',
      [[replayed, discarded]],
    );
    expect(rowCount).toBe(2);
  });

  it('what has taken effect stays known while there is a letter of it, however its id is written', async () => {
    const messageId = randomUUID();
    const properties = { ...envelopeFor('in-capitals'), messageId: messageId.toUpperCase() };
    scripts.set('in-capitals', () => Promise.reject(new PermanentFailure('not this one')));
    desk.sandbox.channel.sendToQueue(desk.sandbox.queue(PACKED_QUEUE), Buffer.from('{"weight":1}'), properties);
    const { rows } = await eventually(async () => {
      const found = await desk.sandbox.db.query(
        `SELECT message_id FROM messaging.dead_letters WHERE subject = 'in-capitals'`,
      );
      if (found.rowCount !== 1) throw new Error('It is not in the archive.');
      return found;
    });
    expect(rows).toEqual([{ message_id: messageId }]);
    await desk.sandbox.db.query(
      `INSERT INTO messaging.inbox (consumer, message_id, received_at) VALUES ($1, $2, now() - interval '31 days')`,
      [PACKED_QUEUE, messageId],
    );
    await prune();
    const known = await desk.sandbox.db.query('SELECT FROM messaging.inbox WHERE message_id = $1', [messageId]);
    expect(known.rowCount).toBe(1);
  });

  it('what fails again in the moment in which it would be forgotten stays', async () => {
    const { id } = await desk.letterAbout('last-minute');
    scripts.delete('last-minute');
    await desk.replay(id);
    await desk.becomes(id, 'replayed');
    await aged(id);
    const archiver = await desk.sandbox.db.connect();
    await archiver.query('BEGIN');
    await archiver.query(`UPDATE messaging.dead_letters SET status = 'waiting', changed_at = now() WHERE id = $1`, [
      id,
    ]);
    let done = false;
    const pruned = prune().finally(() => {
      done = true;
    });
    await eventually(async () => {
      const { rowCount } = await desk.sandbox.db.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(done || rowCount === 1).toBe(true);
    });
    await archiver.query('COMMIT');
    archiver.release();
    await pruned;
    expect((await desk.read(id)).status).toBe('waiting');
  });
});

const letters = (queue: string, count: number, status = 'waiting') =>
  desk.sandbox.db.query(
    `INSERT INTO messaging.dead_letters (id, queue, message_id, body, properties, error, detail, stack, attempts,
       first_failed_at, last_failed_at, status)
     SELECT 'dead_' || lpad(n::text, 26, '0'), $1, n::text, 'x', '{}', 'busy', '', '', 1, now(), now(), $3
     FROM (SELECT count(*) AS before FROM messaging.dead_letters) AS known, generate_series(before + 1, before + $2::int) AS n`,
    [queue, count, status],
  );

const aged = (...ids: Id<'dead'>[]) =>
  desk.sandbox.db.query(
    `UPDATE messaging.dead_letters SET changed_at = now() - interval '31 days' WHERE id = ANY ($1)`,
    [ids],
  );

async function prune(): Promise<void> {
  const client = new Client({ connectionString: desk.sandbox.databaseUrl });
  await client.connect();
  await new Retention().prune(client);
  await client.end();
}
