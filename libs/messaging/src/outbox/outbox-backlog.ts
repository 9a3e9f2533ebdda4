import { Injectable } from '@nestjs/common';
import type { Reader } from '#database';

const SUMMARY = `
  SELECT count(*)::int AS waiting, coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float8 AS "oldestAgeSeconds"
  FROM messaging.outbox WHERE published_at IS NULL`;

const WAITING = `
  SELECT position, id, type, source, subject, sequence, occurred_at AS "occurredAt", attempts, last_error AS "lastError",
         next_at AS "nextAttemptAt"
  FROM messaging.outbox WHERE published_at IS NULL AND position > $1 ORDER BY position LIMIT $2`;

/** An event that is not with the broker yet. */
export interface WaitingEvent {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly sequence: number;
  readonly occurredAt: Date;
  /** How often it was refused by itself; a broker that is down is not counted. */
  readonly attempts: number;
  readonly lastError: string | null;
  /** Null: at once. */
  readonly nextAttemptAt: Date | null;
}

/** What waits in the outbox, for operators. */
@Injectable()
export class OutboxBacklog {
  async summary(db: Reader): Promise<{ waiting: number; oldestAgeSeconds: number }> {
    const { rows } = await db.query<{ waiting: number; oldestAgeSeconds: number }>(SUMMARY);
    return rows[0] ?? { waiting: 0, oldestAgeSeconds: 0 };
  }

  /** The oldest first. */
  async events(
    db: Reader,
    { after, count }: { readonly after: number; readonly count: number },
  ): Promise<WaitingEvent[]> {
    return (await db.query<WaitingEvent>(WAITING, [after, count])).rows;
  }
}
