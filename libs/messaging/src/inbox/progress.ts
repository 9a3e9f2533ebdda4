import type { Tx } from '#database';
import type { ReceivedEvent } from '../events/event.js';

/** An earlier event about the same subject has not been handled yet. It comes: later tries wait for it. */
export class TooEarly extends Error {
  constructor({ type, source, subject, sequence }: ReceivedEvent, last: number) {
    super(`${type} is number ${sequence} of ${source} about ${subject}, and only ${last} have been handled.`);
    this.name = 'TooEarly';
  }
}

const ADVANCE = `
  INSERT INTO messaging.progress AS known (queue, source, subject, sequence)
  SELECT $1, $2, $3, $4::bigint
  WHERE $4::bigint = 1 OR EXISTS (SELECT FROM messaging.progress WHERE queue = $1 AND source = $2 AND subject = $3)
  ON CONFLICT (queue, source, subject) DO UPDATE SET sequence = excluded.sequence WHERE known.sequence = excluded.sequence - 1`;

const LAST = 'SELECT sequence FROM messaging.progress WHERE queue = $1 AND source = $2 AND subject = $3';

/**
 * Moves a queue on to this event. False when it is there or past it: the event must not be applied any more.
 *
 * @throws {TooEarly} when one before it is missing.
 */
export async function advance(tx: Tx, queue: string, event: ReceivedEvent): Promise<boolean> {
  const about = [queue, event.source, event.subject];
  const { count } = await tx.query(ADVANCE, [...about, event.sequence]);
  if (count === 1) return true;
  const { rows } = await tx.query<{ sequence: number }>(LAST, about);
  const last = rows[0]?.sequence ?? 0;
  if (event.sequence > last) throw new TooEarly(event, last);
  return false;
}
