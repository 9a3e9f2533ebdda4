import { createHash } from 'node:crypto';
import type { ConsumeMessage, Options } from 'amqplib';
import type { RejectedMessage } from '../../dead-letters/rejected-message.js';
import { toJsonb, type Json } from '../../dead-letters/to-jsonb.js';
import { isBrokerHeader, withoutDeliveryHeaders } from './broker-headers.js';
import { ownProperties } from './failure-headers.js';
import { readFailure } from './read-failure.js';

/** Counts the replays of a message. It stays with the message, so that a copy of an older failure is recognised. */
const REPLAY_HEADER = 'x-replay';
const REPLAYS_MAX = 1_000_000;

/** Headers that tell of an earlier failure. */
const FAILURE_HEADER = /^x-(tries|retry-level|error|first-failed|last-failed|queue|original|replay)/i;

const TEXT_CHARS_MAX = 500;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** @param queue logical name of the queue whose consumer gave it up */
export function readRejectedMessage(queue: string, { properties, content }: ConsumeMessage): RejectedMessage {
  const headers: Readonly<Record<string, unknown>> = properties.headers ?? {};
  const kept = toJsonb({ ...properties, headers: withoutDeliveryHeaders(headers) });
  const replays = headers[REPLAY_HEADER];
  return {
    queue,
    id: canonical(textOf(properties.messageId)) ?? fingerprint(kept, content),
    type: textOf(properties.type),
    source: textOf(headers['ce-source']),
    subject: textOf(headers['ce-subject']),
    sequence: Number.isSafeInteger(headers['ce-sequence']) ? (headers['ce-sequence'] as number) : null,
    body: content,
    properties: kept,
    replays: Number.isInteger(replays) && (replays as number) > 0 ? Math.min(replays as number, REPLAYS_MAX) : 0,
    failure: readFailure(queue, headers),
  };
}

/** The properties of a message that is replayed: its own, without those of its failure. */
export function replayedProperties(stored: Json, replays: number): Options.Publish {
  const { headers = {}, ...properties } = stored as Readonly<Record<string, unknown>>;
  const others = Object.entries(headers as Record<string, unknown>).filter(
    ([name]) => !FAILURE_HEADER.test(name) && !isBrokerHeader(name),
  );
  // The count is first, because only so many headers of a message that fails are kept.
  return { ...ownProperties(properties), headers: { [REPLAY_HEADER]: replays, ...Object.fromEntries(others) } };
}

/** A UUID as PostgreSQL writes it: the inbox is compared with it. */
const canonical = (id: string | null): string | null => (id !== null && UUID.test(id) ? id.toLowerCase() : id);

/** The id of a message that has none: the same one each time it is delivered. */
function fingerprint(properties: Json, content: Buffer): string {
  const digest = createHash('sha256').update(JSON.stringify(properties)).update(content).digest('hex');
  return `without-id-${digest.slice(0, 32)}`;
}

function textOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.slice(0, TEXT_CHARS_MAX).replaceAll('\0', '\uFFFD');
}
