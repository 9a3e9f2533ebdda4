/** @servers none */
import { describe, expect, it } from '@jest/globals';
import type { PublishResult } from '../transports/transport.js';
import type { OutboxRow } from './outbox-rows.js';
import { publishInOrder } from './publish-in-order.js';

let position = 0;
const aRow = (subject: string, sequence: number): OutboxRow => ({
  position: (position += 1),
  id: `${subject}/${sequence}`,
  type: 'item.lost.v1',
  source: 'sender',
  subject,
  sequence,
  time: new Date(),
  data: '{}',
  mandatory: true,
  correlationId: 'x',
  causationId: null,
  traceparent: 'x',
});

const CONFIRMED: PublishResult = { result: 'confirmed' };
const names = (rows: readonly OutboxRow[]) => rows.map(({ id }) => id);

/** Publishes, with the outcomes given and confirms for the rest, and notes what was sent when. */
async function publish(
  rows: readonly OutboxRow[],
  outcomes: Readonly<Record<string, PublishResult>> = {},
  beginWithinMs = 60_000,
) {
  const sent: string[] = [];
  let underWayMax = 0;
  let underWay = 0;
  const send = async ({ id }: OutboxRow) => {
    sent.push(id);
    underWay += 1;
    underWayMax = Math.max(underWayMax, underWay);
    await Promise.resolve();
    underWay -= 1;
    return outcomes[id] ?? CONFIRMED;
  };
  const result = await publishInOrder(rows, (wave) => Promise.all(wave.map(send)), beginWithinMs);
  return { ...result, sent, underWayMax };
}

describe('a batch', () => {
  it('is published at once where subjects differ', async () => {
    const rows = ['a', 'b', 'c'].map((subject) => aRow(subject, 1));
    const { published, underWayMax } = await publish(rows);
    expect(published).toEqual(rows);
    expect(underWayMax).toBe(3);
  });

  it('is published by sequence where the subject is the same', async () => {
    const { sent, underWayMax } = await publish([aRow('a', 2), aRow('a', 1), aRow('a', 3)]);
    expect(sent).toEqual(['a/1', 'a/2', 'a/3']);
    expect(underWayMax).toBe(1);
  });

  it('stops behind a returned event on its subject, and goes on with the others', async () => {
    const rows = [aRow('a', 1), aRow('a', 2), aRow('b', 1), aRow('b', 2)];
    const { sent, published, failed, interrupted } = await publish(rows, {
      'a/1': { result: 'returned', reason: 'NO_ROUTE' },
    });
    expect(sent).toEqual(['a/1', 'b/1', 'b/2']);
    expect(names(published)).toEqual(['b/1', 'b/2']);
    expect(failed).toEqual([{ row: rows[0], reason: 'NO_ROUTE' }]);
    expect(interrupted).toBe(false);
  });

  it('blames no event when the broker is lost, and sends no more', async () => {
    const rows = [aRow('a', 1), aRow('a', 2), aRow('b', 1), aRow('b', 2)];
    const { sent, published, failed, interrupted } = await publish(rows, {
      'a/1': { result: 'unknown', reason: 'lost' },
    });
    expect(sent).toEqual(['a/1', 'b/1']);
    expect(names(published)).toEqual(['b/1']);
    expect(failed).toEqual([]);
    expect(interrupted).toBe(true);
  });

  it('begins nothing more once its time is up, and leaves the rest for the next one', async () => {
    const rows = [aRow('a', 1), aRow('a', 2), aRow('b', 1)];
    const { sent, published, failed, interrupted } = await publish(rows, {}, 0);
    expect(sent).toEqual(['a/1', 'b/1']);
    expect(names(published)).toEqual(['a/1', 'b/1']);
    expect(failed).toEqual([]);
    expect(interrupted).toBe(false);
  });
});
