import type { Json } from './to-jsonb.js';

/** Longest name of an error that can be searched for. */
export const ERROR_CHARS_MAX = 200;

/** A message that was given up on, in a form that PostgreSQL can store whatever the message was made of. */
export interface RejectedMessage {
  /** Logical name of the queue whose consumer gave it up. */
  readonly queue: string;
  /** A UUID in lower case, or whatever else identifies it each time it is delivered. */
  readonly id: string;
  readonly type: string | null;
  readonly source: string | null;
  readonly subject: string | null;
  readonly sequence: number | null;
  readonly body: Buffer;
  /** Whatever the transport needs to replay it. Staff see it. */
  readonly properties: Json;
  /** How often it had been replayed. */
  readonly replays: number;
  readonly failure: RecordedFailure;
}

/** What is known of its last failure. */
export interface RecordedFailure {
  /** Class or code: what people search and group by. */
  readonly error: string;
  readonly detail: string;
  readonly stack: string;
  readonly tries: number;
  /** Null where it is unknown. */
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
  readonly exchange: string | null;
  readonly routingKey: string | null;
}
