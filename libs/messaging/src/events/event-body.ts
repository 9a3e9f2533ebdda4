import { z } from 'zod';
import { unstorableTextIn } from '#kernel';
import { BODY_BYTES_MAX } from './envelope.js';
import type { OutboxMessage } from './event.js';

/** A body does not fit the schema of its event: a mistake in the program, not in a request. */
export class InvalidEvent extends Error {
  constructor(type: string, reason: string) {
    super(`The body of ${type} does not fit its schema: ${reason}`);
    this.name = 'InvalidEvent';
  }
}

/**
 * The body as JSON text. Only members of the schema travel: one that a caller passed by accident stays behind.
 *
 * @throws {InvalidEvent}
 */
export function bodyOf({ event, data }: Pick<OutboxMessage, 'event' | 'data'>): string {
  const parsed = event.schema.safeParse(data);
  if (!parsed.success) throw new InvalidEvent(event.type, z.prettifyError(parsed.error));
  const unstorable = unstorableTextIn(parsed.data);
  if (unstorable !== undefined)
    throw new InvalidEvent(event.type, `PostgreSQL cannot store the text of ${unstorable.join('.')}`);
  const body = JSON.stringify(parsed.data);
  if (Buffer.byteLength(body) > BODY_BYTES_MAX)
    throw new InvalidEvent(event.type, `it exceeds ${BODY_BYTES_MAX} bytes`);
  return body;
}
