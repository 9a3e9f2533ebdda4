import { Injectable } from '@nestjs/common';
import { statement, type Tx } from '#database';
import { uuidV7 } from '#kernel';
import { bodyOf } from '../events/event-body.js';
import type { OutboxMessage } from '../events/event.js';
import { messageContextsOf } from '../events/message-context.js';

/** PostgreSQL channel by which a commit wakes the relay. It carries no payload: the events are in the table. */
export const WAKE_CHANNEL = 'messaging_outbox';

// PostgreSQL delivers equal notifications of one transaction once, so however often a transaction adds, the relay wakes once.
export const ADD_EVENTS = statement(`
  WITH inserted AS (
    INSERT INTO messaging.outbox
      (id, type, source, subject, sequence, data, mandatory, correlation_id, causation_id, traceparent)
    SELECT id, type, source, subject, sequence, data::json, mandatory, correlation_id, causation_id, traceparent
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::boolean[], $8::text[], $9::uuid[],
                $10::text[]) WITH ORDINALITY
      AS input (id, type, source, subject, sequence, data, mandatory, correlation_id, causation_id, traceparent, place)
    ORDER BY place
  )
  SELECT pg_notify('${WAKE_CHANNEL}', '')`);

/** Where a use case adds its events: they are published if, and only if, its transaction commits. */
@Injectable()
export class Outbox {
  /**
   * Writes all messages with one statement and wakes the relay once the transaction has committed. Correlation id, causation id and
   * trace come from the request or event being handled.
   *
   * @throws {InvalidEvent} when a body does not fit its event's schema.
   * @throws a unique violation when the source has already used a sequence number for the subject.
   */
  async add(tx: Tx, messages: readonly OutboxMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const contexts = messageContextsOf(messages);
    await tx.query(ADD_EVENTS, [
      messages.map(() => uuidV7()),
      messages.map(({ event }) => event.type),
      messages.map(({ event }) => event.source),
      messages.map(({ subject }) => subject),
      messages.map(({ sequence }) => sequence),
      messages.map(bodyOf),
      messages.map(({ event }) => event.queues.length > 0),
      contexts.map(({ correlationId }) => correlationId),
      contexts.map(({ causationId }) => causationId),
      contexts.map(({ traceparent }) => traceparent),
    ]);
  }
}
