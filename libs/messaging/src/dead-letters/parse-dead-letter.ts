import { createHash } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { withoutDeliveryHeaders } from '../transports/rabbitmq/broker-headers.js';
import { failureOf, type KnownFailure } from './parse-failure.js';
import { toJsonb, type Json } from './to-jsonb.js';

/** Counts the replays of a message. It stays with the message, so a failure is told from an older copy of an earlier one. */
export const REPLAY_HEADER = 'x-replay';

const TEXT_CHARS_MAX = 500;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** A message as it lies in a dead-letter queue, in a form that PostgreSQL takes whatever it was made of. */
export interface ArrivedDeadLetter {
  readonly queue: string;
  readonly messageId: string;
  readonly type: string | null;
  readonly source: string | null;
  readonly subject: string | null;
  readonly sequence: number | null;
  readonly body: Buffer;
  readonly properties: Json;
  readonly failure: KnownFailure;
  readonly replays: number;
}

/** @param queue logical name of the queue that it died in */
export function readDeadLetter(queue: string, { properties, content }: ConsumeMessage): ArrivedDeadLetter {
  const headers: Readonly<Record<string, unknown>> = properties.headers ?? {};
  const kept = toJsonb({ ...properties, headers: withoutDeliveryHeaders(headers) });
  const replays = headers[REPLAY_HEADER];
  return {
    queue,
    messageId: canonical(textOf(properties.messageId)) ?? fingerprint(kept, content),
    type: textOf(properties.type),
    source: textOf(headers['ce-source']),
    subject: textOf(headers['ce-subject']),
    sequence: Number.isSafeInteger(headers['ce-sequence']) ? (headers['ce-sequence'] as number) : null,
    body: content,
    properties: kept,
    failure: failureOf(queue, headers),
    replays: Number.isInteger(replays) && (replays as number) > 0 ? Math.min(replays as number, 1_000_000) : 0,
  };
}

/** A UUID as PostgreSQL writes it: the inbox is compared with it. */
const canonical = (id: string | null): string | null => (id !== null && UUID.test(id) ? id.toLowerCase() : id);

/** Of a message without an id: the same one when it is delivered twice. */
function fingerprint(properties: Json, content: Buffer): string {
  const digest = createHash('sha256').update(JSON.stringify(properties)).update(content).digest('hex');
  return `without-id-${digest.slice(0, 32)}`;
}

export function textOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.slice(0, TEXT_CHARS_MAX).replaceAll('\0', '\uFFFD');
}
