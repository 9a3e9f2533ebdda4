import { Injectable } from '@nestjs/common';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import type { DeadLetter, DeadLetterFilter, DeadLetterStatus, HistoryEntry, OpenedDeadLetter } from './dead-letter.js';
import { DeadLetterNotFound } from './dead-letter.errors.js';

/** More kinds of failure than that at once are not read by a person. */
export const GROUPS_MAX = 1_000;
/** As large as an event can be. Of a larger body only the beginning is read. */
const SHOWN_BYTES_MAX = 256 * 1024;

const COLUMNS = `
  id, queue, status, message_id AS "messageId", type, source, subject, sequence, error, detail, attempts, replays,
  first_failed_at AS "firstFailedAt", last_failed_at AS "lastFailedAt", archived_at AS "archivedAt", changed_at AS "changedAt"`;

const LIST = `
  SELECT ${COLUMNS} FROM messaging.dead_letters
  WHERE ($1::text IS NULL OR queue = $1) AND ($2::text IS NULL OR error = $2) AND ($3::text IS NULL OR status = $3)
    AND ($4::text IS NULL OR id < $4)
  ORDER BY id DESC LIMIT $5`;

const GROUPS = `
  WITH groups AS (
    SELECT queue, error, count(*)::int AS waiting, min(first_failed_at) AS "firstFailedAt", max(last_failed_at) AS "lastFailedAt",
           max(id) AS latest
    FROM messaging.dead_letters WHERE status = 'waiting'
    GROUP BY queue, error ORDER BY waiting DESC, queue, error LIMIT ${GROUPS_MAX}
  )
  SELECT groups.queue, groups.error, waiting, groups."firstFailedAt", groups."lastFailedAt", letter.detail
  FROM groups JOIN messaging.dead_letters AS letter ON letter.id = groups.latest
  ORDER BY waiting DESC, groups.queue, groups.error`;

// The inbox knows ids that are UUIDs; PostgreSQL looks at nothing that CASE has not let through.
const ONE = `
  SELECT ${COLUMNS}, stack, original_exchange AS "originalExchange", original_routing_key AS "originalRoutingKey", properties,
    substring(body FROM 1 FOR ${SHOWN_BYTES_MAX}) AS body, octet_length(body) AS "bodyBytes",
    (SELECT received_at FROM messaging.inbox
     WHERE consumer = letter.queue AND message_id =
       CASE WHEN letter.message_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN letter.message_id::uuid END
    ) AS "handledAt"
  FROM messaging.dead_letters AS letter WHERE id = $1`;

const HISTORY = `
  SELECT action, actor, note, at FROM messaging.dead_letter_history WHERE dead_letter_id = $1 ORDER BY position`;

export interface DeadLetterGroup {
  readonly queue: string;
  readonly error: string;
  readonly waiting: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
  /** Of the letter that came last. */
  readonly detail: string;
}

export interface DeadLetterSlice extends DeadLetterFilter {
  readonly status?: DeadLetterStatus | undefined;
  /** Only those that were archived before this one. */
  readonly before?: Id<'dead'> | undefined;
  readonly count: number;
}

@Injectable()
export class FindDeadLetters {
  /** The latest first. */
  async list(db: Reader, { queue, error, status, before, count }: DeadLetterSlice): Promise<DeadLetter[]> {
    return (await db.query<DeadLetter>(LIST, [queue, error, status, before, count])).rows;
  }

  /** What waits, by queue and error, the largest group first. */
  async groups(db: Reader): Promise<DeadLetterGroup[]> {
    return (await db.query<DeadLetterGroup>(GROUPS)).rows;
  }

  /** @throws {DeadLetterNotFound} */
  async one(db: Reader, id: Id<'dead'>): Promise<OpenedDeadLetter> {
    const letter = (await db.query<Omit<OpenedDeadLetter, 'history'>>(ONE, [id])).rows[0];
    if (letter === undefined) throw new DeadLetterNotFound();
    return { ...letter, history: (await db.query<HistoryEntry>(HISTORY, [id])).rows };
  }
}
