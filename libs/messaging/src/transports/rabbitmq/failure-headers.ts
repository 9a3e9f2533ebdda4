import type { ConsumeMessage, Options } from 'amqplib';
import { uuidV7 } from '#kernel';
import { describeError } from '../../error-text.js';
import type { Failure } from '../transport.js';
import { isBrokerHeader } from './broker-headers.js';

const MESSAGE_CHARS_MAX = 1_000;
const STACK_CHARS_MAX = 4_000;
const NAME_CHARS_MAX = 200;
/** Of properties and names of headers. Bytes that are not UTF-8 are read as U+FFFD, which is three bytes when it is sent again. */
const SHORT_TEXT_BYTES_MAX = 255;
const HEADER_NAME_CHARS_MAX = 128;
const FOREIGN_HEADERS_MAX = 40;
/** Of all headers that somebody else has set. amqplib encodes at most 64 KiB of headers, and ours need some 20 KiB. */
const FOREIGN_BYTES_MAX = 32 * 1024;

/** What our own headers say about a message. */
interface Retries {
  /** Failed tries, over all deliveries. */
  readonly tries: number;
  readonly retryLevel: number;
}

/** The retries of a message so far: none on its first delivery. */
export function retriesOf(headers: Readonly<Record<string, unknown>>): Retries {
  return { tries: countIn(headers['x-tries']), retryLevel: countIn(headers['x-retry-level']) };
}

/** The properties with which a failed message is sent on: its own, and what is known about the failure. */
export function failedProperties(
  message: ConsumeMessage,
  { queue, failure, retryLevel }: { readonly queue: string; readonly failure: Failure; readonly retryLevel: number },
): Options.Publish {
  const { properties, fields } = message;
  const before = keptHeaders(properties.headers ?? {});
  const at = failure.at.toISOString();
  const { name, text, stack } = describeError(failure.error);
  return {
    ...keptProperties(message),
    headers: {
      ...before,
      'x-queue': queue,
      'x-tries': failure.tries,
      'x-retry-level': retryLevel,
      'x-error-class': name.slice(0, NAME_CHARS_MAX),
      'x-error': text.slice(0, MESSAGE_CHARS_MAX),
      'x-error-stack': stack.slice(0, STACK_CHARS_MAX),
      'x-first-failed-at': before['x-first-failed-at'] ?? at,
      'x-last-failed-at': at,
      'x-original-exchange': before['x-original-exchange'] ?? fields.exchange,
      'x-original-routing-key': before['x-original-routing-key'] ?? fields.routingKey,
    },
  };
}

/** The message without everything that might not be encodable: `failedProperties` then tells about the failure alone. */
export function withoutProperties(message: ConsumeMessage): ConsumeMessage {
  const properties = { messageId: message.properties.messageId as unknown, headers: {} };
  return { ...message, properties } as ConsumeMessage;
}

/** Not `expiration`, which would delete it from the dead letters, nor `userId`, which the broker refuses from us. */
function keptProperties({ properties }: ConsumeMessage): Options.Publish {
  // By its id the archive recognises a dead letter that is delivered twice.
  const id: unknown = properties.messageId;
  const timestamp: unknown = isCount(properties.timestamp) ? properties.timestamp : undefined;
  const own = Object.entries(ownProperties({ ...properties, timestamp })).filter(([, value]) => isShort(value));
  return { ...Object.fromEntries(own), messageId: typeof id === 'string' && id !== '' && isShort(id) ? id : uuidV7() };
}

/** What a message says of itself beside its id and headers, where it says it. */
export function ownProperties(properties: Readonly<Record<string, unknown>>): Options.Publish {
  const { type, correlationId, contentType, contentEncoding, timestamp, appId } = properties;
  const all = { type, correlationId, contentType, contentEncoding, timestamp, appId };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}

/** The first headers that fit: a header table has a size limit, and a foreign message may be close to it already. */
function keptHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const candidates = Object.entries(headers).filter(
    ([name, value]) =>
      !isBrokerHeader(name) && name.length <= HEADER_NAME_CHARS_MAX && isShort(name) && isSmallScalar(value),
  );
  let bytesLeft = FOREIGN_BYTES_MAX;
  const kept = candidates.slice(0, FOREIGN_HEADERS_MAX).filter(([name, value]) => {
    bytesLeft -= Buffer.byteLength(name) + Buffer.byteLength(String(value));
    return bytesLeft >= 0;
  });
  return Object.fromEntries(kept);
}

const isShort = (value: unknown): boolean =>
  typeof value !== 'string' || Buffer.byteLength(value) <= SHORT_TEXT_BYTES_MAX;

/** amqplib encodes no other number as a timestamp. */
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isSmallScalar(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= STACK_CHARS_MAX;
  return typeof value === 'number' || typeof value === 'boolean';
}

const countIn = (header: unknown): number => (isCount(header) ? header : 0);
