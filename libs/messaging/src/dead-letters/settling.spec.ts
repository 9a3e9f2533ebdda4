import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { newId, type Id } from '#kernel';
import { PACKED_QUEUE, scripts } from '../../../../test/support/parcels.js';
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
    for (const asked of [desk.discard(nobodys), desk.replay(nobodys)]) {
      await expect(asked).rejects.toMatchObject({ code: 'dead_letter_not_found' });
    }
  });
});

describe('a group that is larger than one call takes', () => {
  it('is replayed oldest first, and the rest is counted', async () => {
    await desk.sandbox.db.query(
      `INSERT INTO messaging.dead_letters (id, queue, message_id, body, properties, error, detail, stack, attempts,
         first_failed_at, last_failed_at)
       SELECT 'dead_' || lpad(n::text, 26, '0'), 'depot.closed', n::text, 'x', '{}', 'busy', '', '', 1, now(), now()
       FROM generate_series(1, $1::int) AS n`,
      [REPLAY_BATCH_MAX + 2],
    );
    const waitingSince = new Date();
    const asked = () => desk.replayGroup({ queue: 'depot.closed', error: 'busy', waitingSince });
    expect(await asked()).toEqual({ replaying: REPLAY_BATCH_MAX, remaining: 2 });
    expect(await asked()).toEqual({ replaying: 2, remaining: 0 });
    // The queue is not there, so they come back: whoever repeats the call does not meet them again.
    await desk.becomes('dead_00000000000000000000000001' as Id<'dead'>, 'waiting');
    expect(await asked()).toEqual({ replaying: 0, remaining: 0 });
  });
});

describe('after thirty days', () => {
  it('what was decided is forgotten, what waits is not, nor that another copy of it has taken effect', async () => {
    const letters = await desk.lettersAbout(['old-waiting', 'old-replayed', 'old-discarded', 'young-discarded']);
    const [waiting, replayed, discarded, young] = letters.map(({ id }) => id) as [Id<'dead'>, ...Id<'dead'>[]];
    scripts.delete('old-replayed');
    await desk.replay(replayed!);
    await desk.becomes(replayed!, 'replayed');
    for (const id of [discarded!, young!]) await desk.discard(id);
    const ids = letters.map(({ messageId }) => messageId);
    await desk.sandbox.db.query(
      `INSERT INTO messaging.inbox (consumer, message_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING`,
      [PACKED_QUEUE, ids],
    );
    await desk.sandbox.db.query(`UPDATE messaging.inbox SET received_at = now() - interval '31 days'`);
    await desk.sandbox.db.query(
      `UPDATE messaging.dead_letters SET changed_at = now() - interval '31 days' WHERE id = ANY ($1)`,
      [[waiting, replayed, discarded]],
    );
    const client = new Client({ connectionString: desk.sandbox.databaseUrl });
    await client.connect();
    await new Retention().prune(client);
    await client.end();
    expect((await desk.list()).map(({ id }) => id).toSorted()).toEqual([waiting, young!].toSorted());
    const { rows } = await desk.sandbox.db.query('SELECT message_id FROM messaging.inbox WHERE consumer = $1', [
      PACKED_QUEUE,
    ]);
    expect(rows).toEqual([{ message_id: ids[0] }]);
    const { rowCount } = await desk.sandbox.db.query(
      'SELECT FROM messaging.dead_letter_history WHERE dead_letter_id = ANY ($1)',
      [[replayed, discarded]],
    );
    expect(rowCount).toBe(2);
  });
});
