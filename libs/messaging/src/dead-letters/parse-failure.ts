/** Longest name of an error that can be searched for. */
export const ERROR_CHARS_MAX = 200;
const DETAIL_CHARS_MAX = 2_000;
const STACK_CHARS_MAX = 8_000;
const ATTEMPTS_MAX = 1_000_000;

/** What the headers of a dead letter say about its failure. */
export interface KnownFailure {
  /** Class or code: what people search and group by. */
  readonly error: string;
  readonly detail: string;
  readonly stack: string;
  readonly attempts: number;
  /** Null where nobody noted it. */
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
  readonly exchange: string | null;
  readonly routingKey: string | null;
}

type Headers = Readonly<Record<string, unknown>>;

/** The broker's own reasons to move a message, in words. */
const BROKERS_REASONS: Readonly<Record<string, string>> = {
  delivery_limit: 'RabbitMQ gave up: every process that took it ended, or lost its connection, before it was done.',
  rejected: 'A consumer rejected it without a word.',
  expired: 'It expired in its queue.',
  maxlen: 'Its queue was full.',
};

/** Of a message that our consumer has sent here, or that the broker itself has moved, or that somebody else has put here. */
export function failureOf(queue: string, headers: Headers): KnownFailure {
  const noted = noteOfConsumer(headers);
  const moved = movedByBroker(queue, headers);
  if (!moved) return noted;
  return {
    ...noted,
    error: moved.reason,
    detail: BROKERS_REASONS[moved.reason] ?? `RabbitMQ moved it here: ${moved.reason}.`,
    stack: '',
    firstAt: noted.firstAt ?? moved.at,
    lastAt: moved.at,
    exchange: noted.exchange ?? moved.exchange,
    routingKey: noted.routingKey ?? moved.routingKey,
  };
}

function noteOfConsumer(headers: Headers): KnownFailure {
  const attempts = headers['x-tries'];
  return {
    error: text(headers['x-error-class'], ERROR_CHARS_MAX) || 'unknown',
    detail: text(headers['x-error'], DETAIL_CHARS_MAX) ?? '',
    stack: text(headers['x-error-stack'], STACK_CHARS_MAX) ?? '',
    attempts: Number.isInteger(attempts) ? Math.min(Math.max(attempts as number, 0), ATTEMPTS_MAX) : 0,
    firstAt: timeOf(headers['x-first-failed-at']),
    lastAt: timeOf(headers['x-last-failed-at']),
    exchange: text(headers['x-original-exchange'], ERROR_CHARS_MAX),
    routingKey: text(headers['x-original-routing-key'], ERROR_CHARS_MAX),
  };
}

interface Moved {
  readonly reason: string;
  readonly at: Date | null;
  readonly exchange: string | null;
  readonly routingKey: string | null;
}

/** The broker notes each stop in `x-death`, the last one first. Our consumer drops these notes from what it sends here. */
function movedByBroker(queue: string, headers: Headers): Moved | undefined {
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

/** ISO 8601 as our consumer writes it, or seconds since 1970 as the broker does. Not what PostgreSQL could not store. */
function timeOf(value: unknown): Date | null {
  const seconds = (value as { value?: unknown } | null | undefined)?.value;
  const at = typeof value === 'string' ? Date.parse(value) : typeof seconds === 'number' ? seconds * 1_000 : NaN;
  return at >= 0 && at < Date.UTC(9999) ? new Date(at) : null;
}
