import type { Client } from 'pg';
import type { OutgoingEvent } from '../transports/transport.js';

/** An event that waits to be published. */
export interface OutboxRow extends OutgoingEvent {
  readonly position: number;
}

// Never "position after the last one": positions are taken in another order than transactions commit, and what commits late would be
// skipped for ever. An event waits behind an earlier one of its subject that has failed, and behind one that is not in this batch.
// OFFSET 0 makes PostgreSQL look these up row by row, see RelaySession.
const WAITING = `
  WITH batch AS MATERIALIZED (
    SELECT position, id, type, source, subject, sequence, occurred_at AS time, data::text AS data, mandatory,
           correlation_id AS "correlationId", causation_id AS "causationId", traceparent
    FROM messaging.outbox AS candidate
    WHERE published_at IS NULL AND (next_at IS NULL OR next_at <= now()) AND position <> ALL ($2::bigint[]) AND NOT EXISTS (
      SELECT FROM messaging.outbox AS earlier
      WHERE earlier.source = candidate.source AND earlier.subject = candidate.subject
        AND earlier.sequence < candidate.sequence AND earlier.published_at IS NULL AND earlier.next_at > now() OFFSET 0)
    ORDER BY position LIMIT $1)
  SELECT * FROM batch
  WHERE NOT EXISTS (
    SELECT FROM messaging.outbox AS earlier
    WHERE earlier.source = batch.source AND earlier.subject = batch.subject AND earlier.sequence < batch.sequence
      AND earlier.published_at IS NULL AND earlier.position > (SELECT max(position) FROM batch) OFFSET 0)`;

const PUBLISHED =
  'UPDATE messaging.outbox SET published_at = now(), next_at = NULL WHERE position = ANY ($1::bigint[])';

/** Doubling delays, from one second to a minute. */
const FAILED = `
  UPDATE messaging.outbox AS row
  SET attempts = attempts + 1, last_error = failure.reason, next_at = now() + least(60, 2 ^ least(attempts, 10)) * interval '1 second'
  FROM unnest($1::bigint[], $2::text[]) AS failure (position, reason)
  WHERE row.position = failure.position`;

export interface FailedRow {
  readonly row: OutboxRow;
  readonly reason: string;
}

/**
 * At most `max` rows that may be published now, the oldest ones. Those about one subject go by their sequence.
 *
 * @param underWay rows that are being published. What follows one of them on its subject may be among the result.
 */
export async function waitingRows(
  client: Client,
  max: number,
  underWay: readonly OutboxRow[] = [],
): Promise<OutboxRow[]> {
  return (await client.query<OutboxRow>(WAITING, [max, positionsOf(underWay)])).rows;
}

export async function markPublished(client: Client, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length > 0) await client.query(PUBLISHED, [positionsOf(rows)]);
}

/** They and what follows them on their subjects wait. */
export async function markFailed(client: Client, failures: readonly FailedRow[]): Promise<void> {
  if (failures.length === 0) return;
  await client.query(FAILED, [
    failures.map(({ row }) => row.position),
    failures.map(({ reason }) => reason.slice(0, 500)),
  ]);
}

/** Equal for rows that must be published one after the other. */
export const subjectOf = ({ source, subject }: OutboxRow): string => `${source}\n${subject}`;

const positionsOf = (rows: readonly OutboxRow[]): number[] => rows.map(({ position }) => position);
