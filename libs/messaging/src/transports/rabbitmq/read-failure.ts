import { ERROR_CHARS_MAX, type RecordedFailure } from '../../dead-letters/rejected-message.js';

const DETAIL_CHARS_MAX = 2_000;
const STACK_CHARS_MAX = 8_000;
const TRIES_MAX = 1_000_000;

type Headers = Readonly<Record<string, unknown>>;

/** The broker's own reasons to move a message, in words. */
const BROKER_REASONS: Readonly<Record<string, string>> = {
  delivery_limit: 'RabbitMQ gave up: every process that took it ended, or lost its connection, before it was done.',
  rejected: 'A consumer rejected it without a word.',
  expired: 'It expired in its queue.',
  maxlen: 'Its queue was full.',
};

/** Of a message that our consumer has rejected, or that the broker has moved, or that somebody else has put here. */
export function readFailure(queue: string, headers: Headers): RecordedFailure {
  const failure = readOwnHeaders(headers);
  const moved = movedByBroker(queue, headers);
  if (!moved) return failure;
  return {
    ...failure,
    error: moved.reason,
    detail: BROKER_REASONS[moved.reason] ?? `RabbitMQ moved it here: ${moved.reason}.`,
    stack: '',
    firstAt: failure.firstAt ?? moved.at,
    lastAt: moved.at,
    exchange: failure.exchange ?? moved.exchange,
    routingKey: failure.routingKey ?? moved.routingKey,
  };
}

function readOwnHeaders(headers: Headers): RecordedFailure {
  const tries = headers['x-tries'];
  return {
    error: text(headers['x-error-class'], ERROR_CHARS_MAX) || 'unknown',
    detail: text(headers['x-error'], DETAIL_CHARS_MAX) ?? '',
    stack: text(headers['x-error-stack'], STACK_CHARS_MAX) ?? '',
    tries: Number.isInteger(tries) ? Math.min(Math.max(tries as number, 0), TRIES_MAX) : 0,
    firstAt: timeOf(headers['x-first-failed-at']),
    lastAt: timeOf(headers['x-last-failed-at']),
    exchange: text(headers['x-original-exchange'], ERROR_CHARS_MAX),
    routingKey: text(headers['x-original-routing-key'], ERROR_CHARS_MAX),
  };
}

/** The broker notes each stop in `x-death`, the last one first. Messages that our consumer rejects do not have it. */
function movedByBroker(queue: string, headers: Headers) {
  const deaths: unknown = headers['x-death'];
  if (!Array.isArray(deaths)) return undefined;
  const last: unknown = deaths[0];
  if (typeof last !== 'object' || last === null) return undefined;
  const { reason, queue: from, exchange, time, 'routing-keys': keys } = last as Headers;
  if (typeof from !== 'string' || !from.endsWith(`.${queue}`)) return undefined;
  return {
    reason: text(reason, ERROR_CHARS_MAX) ?? 'unknown',
    at: timeOf(time),
    exchange: text(exchange, ERROR_CHARS_MAX),
    routingKey: Array.isArray(keys) ? text(keys[0], ERROR_CHARS_MAX) : null,
  };
}

function text(value: unknown, charsMax: number): string | null {
  return typeof value === 'string' ? value.slice(0, charsMax).replaceAll('\0', '\uFFFD') : null;
}

/** ISO 8601 as our consumer writes it, or seconds since 1970 as the broker does. Null where PostgreSQL could not store it. */
function timeOf(value: unknown): Date | null {
  const seconds = (value as { value?: unknown } | null | undefined)?.value;
  const at = typeof value === 'string' ? Date.parse(value) : typeof seconds === 'number' ? seconds * 1_000 : NaN;
  return at >= 0 && at < Date.UTC(9999) ? new Date(at) : null;
}
