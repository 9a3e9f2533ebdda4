import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { statement, type Statement, type Tx } from '#database';
import { uuidV7 } from '#kernel';
import type { Trace } from '#observability';
import { bodyOf } from '../events/event-body.js';
import type { Cause, EventDefinition } from '../events/event.js';
import { messageContextsOf } from '../events/message-context.js';

/** When a message is to be sent; `inMs` counts from the beginning of the transaction, by PostgreSQL's clock. */
export type Due = { readonly at: Date } | { readonly inMs: number };

/** A message for later. There is one a type and subject. */
export interface ScheduledMessage {
  readonly event: EventDefinition;
  readonly subject: string;
  readonly due: Due;
  readonly data: unknown;
  readonly cause?: Cause | undefined;
  readonly trace?: Trace | undefined;
}

/** Builds a message for later, with its body checked by the compiler. */
export function later<E extends EventDefinition>(
  event: E,
  about: Omit<ScheduledMessage, 'event' | 'data'> & { readonly data: z.input<E['schema']> },
): ScheduledMessage {
  return { event, ...about };
}

// In one order for everybody, so that two who schedule for the same subjects wait for each other in line.
const INSERT = `
  INSERT INTO messaging.scheduled AS known
    (id, type, source, subject, due_at, data, correlation_id, causation_id, traceparent)
  SELECT id, type, source, subject, coalesce(due_at, now() + in_ms * interval '1 ms'), data::json, correlation_id, causation_id,
    traceparent
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::float8[], $7::text[], $8::text[], $9::uuid[],
              $10::text[])
    AS input (id, type, source, subject, due_at, in_ms, data, correlation_id, causation_id, traceparent)
  ORDER BY type, subject`;

const PUT = statement(`${INSERT}
  ON CONFLICT (type, subject) DO UPDATE
  SET id = excluded.id, number = DEFAULT, due_at = excluded.due_at, data = excluded.data, correlation_id = excluded.correlation_id,
      causation_id = excluded.causation_id, traceparent = excluded.traceparent`);

const PUT_NEW = statement(`${INSERT}
  ON CONFLICT (type, subject) DO NOTHING`);

const CANCEL = statement(`
  DELETE FROM messaging.scheduled WHERE (type, subject) IN (
    SELECT type, subject FROM messaging.scheduled WHERE type = $1 AND subject = ANY ($2) ORDER BY subject FOR UPDATE)`);

/**
 * The same as a part of a bigger statement: drops what waits about the subjects that a query returns. The statement must have locked
 * something that everybody locks who schedules about these subjects, since here they are not taken in any order.
 */
export const cancelling = (event: EventDefinition, subjects: string): string =>
  `DELETE FROM messaging.scheduled WHERE type = '${event.type}' AND subject = ANY (ARRAY(${subjects}))`;

/**
 * Messages to be sent later: once its time has come, each goes the way of every event, through outbox, RabbitMQ and inbox. At least once
 * and not before its time, if the transaction that schedules it commits. What it asks for may have been overtaken by then, also shortly
 * after it was cancelled, so its handler looks first.
 */
@Injectable()
export class Schedule {
  /**
   * Writes all with one statement. One that already waits for the same type and subject is replaced.
   *
   * @throws {InvalidEvent} when a body does not fit its event's schema.
   */
  async put(tx: Tx, messages: readonly ScheduledMessage[]): Promise<void> {
    await this.write(tx, PUT, messages);
  }

  /** The same, but what already waits for the same type and subject stays as it is. */
  async putNew(tx: Tx, messages: readonly ScheduledMessage[]): Promise<void> {
    await this.write(tx, PUT_NEW, messages);
  }

  /** Drops what waits about these subjects. */
  async cancel(tx: Tx, event: EventDefinition, subjects: readonly string[]): Promise<void> {
    if (subjects.length > 0) await tx.query(CANCEL, [event.type, subjects]);
  }

  private async write(tx: Tx, put: Statement<unknown>, messages: readonly ScheduledMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const contexts = messageContextsOf(messages);
    await tx.query(put, [
      messages.map(() => uuidV7()),
      messages.map(({ event }) => event.type),
      messages.map(({ event }) => event.source),
      messages.map(({ subject }) => subject),
      messages.map(({ due }) => ('at' in due ? due.at : null)),
      messages.map(({ due }) => ('at' in due ? null : due.inMs)),
      messages.map(bodyOf),
      contexts.map(({ correlationId }) => correlationId),
      contexts.map(({ causationId }) => causationId),
      contexts.map(({ traceparent }) => traceparent),
    ]);
  }
}
