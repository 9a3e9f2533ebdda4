import type { ConsumeMessage, Options } from 'amqplib';
import { uuidV7 } from '#kernel';
import { isBrokerHeader } from '../transports/rabbitmq/broker-headers.js';
import { asText } from '../connection-status-logger.js';

const MESSAGE_CHARS_MAX = 1_000;
const STACK_CHARS_MAX = 4_000;
const NAME_CHARS_MAX = 200;
/** Of the properties and of the names of headers. Bytes that are not UTF-8 are read as U+FFFD, which is three bytes when it is sent again. */
const SHORT_TEXT_BYTES_MAX = 255;
const FOREIGN_HEADERS_MAX = 40;
const FOREIGN_VALUE_CHARS_MAX = 1_000;

/** Of all headers that somebody else has set. amqplib encodes at most 64 KiB of them, and ours need some 20 KiB. */
const FOREIGN_BYTES_MAX = 32 * 1024;
/** What amqplib encodes as a timestamp: the largest number of seconds that JavaScript knows exactly. */
const TIMESTAMP_MAX = Number.MAX_SAFE_INTEGER;

/** How far a message has come: from its headers, or as on the first delivery. */
export interface Progress {
  /** Tries so far, over all deliveries. */
  readonly attempts: number;
  /** Rungs of the retry ladder climbed so far. */
  readonly retryLevel: number;
}

export interface Failure {
  readonly queue: string;
  readonly error: unknown;
  readonly progress: Progress;
  readonly at: Date;
}

export function progressOf({ properties }: ConsumeMessage): Progress {
  const headers = properties.headers ?? {};
  return { attempts: countIn(headers['x-tries']), retryLevel: countIn(headers['x-retry-level']) };
}

/** The properties with which a message that failed travels on: its own, and everything known about the failure. */
export function failedProperties(message: ConsumeMessage, failure: Failure): Options.Publish {
  const { properties, fields } = message;
  const before = keptHeaders(properties.headers ?? {});
  const at = failure.at.toISOString();
  const { name, text, stack } = describe(failure.error);
  return {
    ...keptProperties(message),
    headers: {
      ...before,
      'x-queue': failure.queue,
      'x-tries': failure.progress.attempts,
      'x-retry-level': failure.progress.retryLevel,
      'x-error-class': name,
      'x-error': text,
      'x-error-stack': stack,
      'x-first-failed-at': before['x-first-failed-at'] ?? at,
      'x-last-failed-at': at,
      'x-original-exchange': before['x-original-exchange'] ?? fields.exchange,
      'x-original-routing-key': before['x-original-routing-key'] ?? fields.routingKey,
    },
  };
}

/** Not `expiration`, by which it would vanish from the dead letters, nor `userId`, which the broker refuses from us. */
function keptProperties({ properties }: ConsumeMessage): Options.Publish {
  const { type, correlationId, contentType, contentEncoding, timestamp, appId } = properties;
  // By it the archive knows a dead letter that is delivered to it twice.
  const id: unknown = properties.messageId;
  const messageId = id && isShort(id) ? id : uuidV7();
  const time: unknown = isTime(timestamp) ? timestamp : undefined;
  const all = { messageId, type, correlationId, contentType, contentEncoding, timestamp: time, appId };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && isShort(value)));
}

/** A header table has a size limit, and somebody else's message may come close to it already: the first headers that fit are kept. */
function keptHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const candidates = Object.entries(headers).filter(
    ([name, value]) => !isBrokerHeader(name) && name.length <= 128 && isShort(name) && isSmallScalar(value),
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

const isTime = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TIMESTAMP_MAX;

/** The properties of a message of which nothing else can be encoded: only what is known about the failure. */
export function bareFailedProperties(message: ConsumeMessage, failure: Failure): Options.Publish {
  const bare = { ...message, properties: { messageId: message.properties.messageId as unknown, headers: {} } };
  return failedProperties(bare as ConsumeMessage, failure);
}

function isSmallScalar(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= Math.max(FOREIGN_VALUE_CHARS_MAX, STACK_CHARS_MAX);
  return typeof value === 'number' || typeof value === 'boolean';
}

function countIn(header: unknown): number {
  return typeof header === 'number' && Number.isInteger(header) && header > 0 ? header : 0;
}

function describe(error: unknown): { name: string; text: string; stack: string } {
  if (!(error instanceof Error))
    return { name: typeof error, text: asText(error).slice(0, MESSAGE_CHARS_MAX), stack: '' };
  const code = (error as { code?: unknown }).code;
  return {
    name: asText(typeof code === 'string' ? code : error.name).slice(0, NAME_CHARS_MAX),
    text: asText(error.message).slice(0, MESSAGE_CHARS_MAX),
    stack: asText(error.stack ?? '').slice(0, STACK_CHARS_MAX),
  };
}
