import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { WAKE_CHANNEL } from '../outbox/outbox.js';
import type { DeadLetterFilter, OpenedDeadLetter } from './dead-letter.js';
import { deadLetterChange } from './dead-letter-change.js';
import { DeadLetterSettled } from './dead-letter.errors.js';
import { FindDeadLetters } from './find-dead-letters.js';

/** Letters of a group that one call takes: far below what a statement may take, also on a busy server. */
export const REPLAY_BATCH_MAX = 1_000;

/** The relay is woken by the same channel as for events: it carries both. */
const askFor = (chosen: string, actor: string): string => `
  WITH updated AS (
    UPDATE messaging.dead_letters SET status = 'replaying', replays = replays + 1, changed_at = now()
    WHERE ${chosen} RETURNING id, queue, message_id, type
  ), history_rows AS (
    INSERT INTO messaging.dead_letter_history (dead_letter_id, queue, message_id, type, action, actor)
    SELECT id, queue, message_id, type, 'replay', ${actor}::text FROM updated
  )
  SELECT coalesce(array_agg(id ORDER BY id), '{}') AS ids, CASE WHEN count(*) > 0 THEN pg_notify('${WAKE_CHANNEL}', '') END FROM updated`;

const ASK_FOR_ONE = askFor(`status = 'waiting' AND id = $1`, '$2');

const GROUP = `
  messaging.dead_letters WHERE status = 'waiting' AND ($1::text IS NULL OR queue = $1) AND ($2::text IS NULL OR error = $2)
  AND ($3::timestamptz IS NULL OR changed_at <= $3)`;

// ARRAY chooses once. With IN, and statistics from before the letters came, PostgreSQL chooses anew for every letter that waits: it takes
// all of them then, in a time that grows with their square.
const ASK_FOR_GROUP = askFor(
  `id = ANY (ARRAY(SELECT id FROM ${GROUP} ORDER BY id LIMIT ${REPLAY_BATCH_MAX} FOR UPDATE))`,
  '$4',
);

const REMAINING = `SELECT count(*)::int AS count FROM ${GROUP}`;

export interface ReplayGroup extends DeadLetterFilter {
  /** Only what waits since before this, so that somebody who repeats the call does not meet what has failed again. */
  readonly waitingSince?: Date | undefined;
}

/** Asks the workers to put letters back into their own queues. */
@Injectable()
export class ReplayDeadLetters {
  constructor(private readonly letters: FindDeadLetters) {}

  /**
   * Asking again changes nothing: the letter is answered as it is.
   *
   * @throws {DeadLetterNotFound}
   * @throws {DeadLetterSettled} for one that was discarded
   */
  async one(tx: Tx, id: Id<'dead'>, actor: string): Promise<OpenedDeadLetter> {
    await this.ask(tx, actor, [ASK_FOR_ONE, [id, actor]]);
    const letter = await this.letters.one(tx, id);
    if (letter.status === 'discarded') throw new DeadLetterSettled('discarded', 'replaying');
    return letter;
  }

  /** Of those that wait, the oldest ones, REPLAY_BATCH_MAX at most. Says how many are left. */
  async group(
    tx: Tx,
    { queue, error, waitingSince }: ReplayGroup,
    actor: string,
  ): Promise<{ replaying: number; remaining: number }> {
    const chosen = [queue, error, waitingSince];
    const replaying = await this.ask(tx, actor, [ASK_FOR_GROUP, [...chosen, actor]]);
    const left = await tx.query<{ count: number }>(REMAINING, chosen);
    return { replaying, remaining: left.rows[0]?.count ?? 0 };
  }

  /** How many letters will be replayed. */
  private async ask(tx: Tx, actor: string, [sql, params]: readonly [string, readonly unknown[]]): Promise<number> {
    const { rows } = await tx.query<{ ids: string[] }>(sql, params);
    const ids = rows[0]?.ids ?? [];
    const changes = ids.map((id) => deadLetterChange('replay', id, { to: 'replaying' }));
    await recordAudit(tx, actor, changes);
    return ids.length;
  }
}
