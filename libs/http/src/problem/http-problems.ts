import { z } from 'zod';
import type { ProblemType } from '#kernel';

/** A problem of HTTP itself can have a status that stands for it alone. */
export interface HttpProblemType extends ProblemType {
  readonly status?: number;
}

const fieldErrorSchema = z
  .object({
    pointer: z.string().meta({
      description: 'JSON pointer into the body, or into what `in` names',
      example: '/items/0/quantity',
    }),
    code: z.string().meta({ example: 'too_small' }),
    detail: z.string().meta({ example: 'Too small: expected number to be >=1' }),
    in: z.enum(['query', 'path']).optional(),
  })
  .meta({ id: 'FieldError' });

/** Problems of requests as such, whatever they ask for. Sorted. */
export const httpProblems = {
  bad_request: { code: 'bad_request', kind: 'malformed', title: 'Request not understood' },
  duplicate_member: {
    code: 'duplicate_member',
    kind: 'malformed',
    title: 'Member sent twice',
    help: 'Readers of JSON differ in which one they take. The member errors names the place.',
    members: z.object({ errors: z.array(fieldErrorSchema) }),
  },
  expectation_failed: {
    code: 'expectation_failed',
    kind: 'malformed',
    status: 417,
    title: 'Expectation not supported',
  },
  headers_too_large: { code: 'headers_too_large', kind: 'malformed', status: 431, title: 'Headers too large' },
  idempotency_key_invalid: {
    code: 'idempotency_key_invalid',
    kind: 'malformed',
    title: 'Idempotency-Key not usable',
    help: 'The header takes 1 to 255 printable ASCII characters, bare or as a quoted string.',
  },
  idempotency_key_missing: {
    code: 'idempotency_key_missing',
    kind: 'malformed',
    title: 'Idempotency-Key missing',
    help: 'Send a fresh unique value, for example a UUID, and the same one again whenever you repeat the request.',
  },
  identity_provider_unavailable: {
    code: 'identity_provider_unavailable',
    kind: 'unavailable',
    title: 'Identity provider does not answer',
    retryAfterSeconds: 5,
  },
  if_match_invalid: { code: 'if_match_invalid', kind: 'malformed', title: 'If-Match not usable' },
  insufficient_scope: {
    code: 'insufficient_scope',
    kind: 'forbidden',
    title: 'API key lacks the scope',
    members: z.object({ scope: z.string().meta({ example: 'stock:write' }) }),
  },
  internal_error: {
    code: 'internal_error',
    kind: 'internal',
    title: 'Unexpected failure',
    help: 'The fault is on this side. Tell the operator the traceId.',
  },
  malformed_json: { code: 'malformed_json', kind: 'malformed', title: 'Body is not JSON' },
  method_not_allowed: { code: 'method_not_allowed', kind: 'malformed', status: 405, title: 'Method not allowed' },
  not_implemented: { code: 'not_implemented', kind: 'malformed', status: 501, title: 'Not supported by this server' },
  not_ready: { code: 'not_ready', kind: 'unavailable', title: 'Not ready for requests', retryAfterSeconds: 1 },
  payload_too_large: {
    code: 'payload_too_large',
    kind: 'malformed',
    status: 413,
    title: 'Body too large',
    help: 'A body may have 256 KiB; an import of products may have 2 MiB.',
  },
  precondition_required: { code: 'precondition_required', kind: 'precondition_required', title: 'If-Match missing' },
  rate_limited: {
    code: 'rate_limited',
    kind: 'rate_limited',
    title: 'Too many requests',
    retryAfterSeconds: 1,
    members: z.object({ policy: z.string().meta({ description: 'The limit that is used up', example: 'guest' }) }),
  },
  request_timeout: {
    code: 'request_timeout',
    kind: 'malformed',
    status: 408,
    title: 'Request took too long to arrive',
  },
  route_not_found: { code: 'route_not_found', kind: 'not_found', title: 'No such path' },
  shutting_down: { code: 'shutting_down', kind: 'unavailable', title: 'Server is stopping', retryAfterSeconds: 1 },
  stream_limit_reached: {
    code: 'stream_limit_reached',
    kind: 'rate_limited',
    title: 'Too many streams of one thing',
    retryAfterSeconds: 5,
    members: z.object({ max: z.int().meta({ example: 20 }) }),
  },
  too_many_streams: {
    code: 'too_many_streams',
    kind: 'unavailable',
    title: 'Too many streams',
    help: 'Each process keeps a limited number of streams open. The timeline has the same events.',
    retryAfterSeconds: 5,
  },
  unauthenticated: {
    code: 'unauthenticated',
    kind: 'unauthenticated',
    title: 'Credentials missing or not valid',
    help: 'Staff and machines send Authorization: Bearer hf_…, customers the bearer token of the shop’s identity provider.',
  },
  unsupported_media_type: {
    code: 'unsupported_media_type',
    kind: 'malformed',
    status: 415,
    title: 'Body must be JSON',
    help: 'Send Content-Type: application/json.',
  },
  uri_too_long: { code: 'uri_too_long', kind: 'malformed', status: 414, title: 'Path too long' },
  validation_failed: {
    code: 'validation_failed',
    kind: 'invalid',
    title: 'Request does not fit the schema',
    help: 'The member errors names each place by a JSON pointer, with a code and what is expected there.',
    members: z.object({ errors: z.array(fieldErrorSchema) }),
  },
} as const satisfies Record<string, HttpProblemType>;

export type HttpProblemCode = keyof typeof httpProblems;
