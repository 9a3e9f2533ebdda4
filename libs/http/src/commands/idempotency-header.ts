import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { IdempotencyKey } from '#commands';
import { callerOf } from '../caller/caller.js';
import { IdempotencyKeyInvalid } from '../http.errors.js';

const BARE = /^[\x20-\x7e]{1,255}$/;
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/**
 * The value of the header, without the quotes and escapes of an RFC 8941 string.
 *
 * @throws {IdempotencyKeyInvalid}
 */
export function parseIdempotencyKey(header: string): string {
  const text = header.trim();
  const key = text.startsWith('"') ? QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1') : text;
  if (key === undefined || !BARE.test(key)) throw new IdempotencyKeyInvalid();
  return key;
}

/** Undefined where no key came. */
export function idempotencyKeyOf(request: FastifyRequest): IdempotencyKey | undefined {
  const header = request.headers['idempotency-key'];
  if (typeof header !== 'string') return undefined;
  return {
    scope: callerOf(request).idempotencyScope,
    key: parseIdempotencyKey(header),
    route: `${request.method} ${pathOf(request)}`,
    requestHash: hashOf(request.body),
  };
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? request.url;

const hashOf = (body: unknown): string => createHash('sha256').update(canonical(body)).digest('hex');

/** JSON with the members of every object sorted, so that their order does not make it another request. */
function canonical(body: unknown): string {
  if (body === undefined) return '';
  return JSON.stringify(body, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  );
}
