import type { Tx } from '#database';
import { WAKE_CHANNEL } from '../outbox/outbox.js';

/** Rows moved by one statement. */
export const BATCH_MAX = 500;

// What another worker is moving, or a transaction is replacing at this moment, is left to the next look.
const SEND = `
  WITH due AS MATERIALIZED (
    SELECT type, subject FROM messaging.scheduled WHERE due_at <= now() ORDER BY due_at LIMIT ${BATCH_MAX} FOR UPDATE SKIP LOCKED
  ), deleted AS (
    DELETE FROM messaging.scheduled AS message USING due
    WHERE message.type = due.type AND message.subject = due.subject RETURNING message.*
  ), inserted AS (
    INSERT INTO messaging.outbox
      (id, type, source, subject, sequence, data, mandatory, correlation_id, causation_id, traceparent)
    SELECT id, type, source, subject, number, data, true, correlation_id, causation_id, traceparent
    FROM deleted ORDER BY due_at
    RETURNING 1
  )
  SELECT count(*)::int AS count, CASE WHEN count(*) > 0 THEN pg_notify('${WAKE_CHANNEL}', '') END FROM inserted`;

/** Puts messages whose time has come into the outbox, the oldest first. Returns how many. */
export async function sendDue(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(SEND);
  return rows[0]?.count ?? 0;
}
