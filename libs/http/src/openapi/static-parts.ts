import { z } from 'zod';

/** RFC 9457, with the members of every problem of this API. Problems that have more name them where they are declared. */
export function problemSchema(codes: readonly string[]) {
  const { $schema: _, ...schema } = z.toJSONSchema(problemOf(codes), { io: 'input' });
  return schema;
}

const problemOf = (codes: readonly string[]) =>
  z.object({
    type: z.string().meta({ description: 'Path of a page that explains the code', example: '/problems/cart_empty' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().meta({ description: 'Path of the request' }),
    code: z.enum(codes),
    traceId: z.string().meta({ description: 'By what the operator finds the request in the logs' }).optional(),
  });

const key = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Names this request, so that sending it again takes effect once. 1 to 255 printable characters, bare or quoted; kept for 72 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '7f3a1c9e-52d4-4b0e-9a63-1d2f5e8b7c40',
};

const ifMatch = {
  name: 'If-Match',
  in: 'header',
  description:
    'The ETag as it was read. The change is refused with `stale_version` when it is no longer the current one.',
  schema: { type: 'string' },
  example: '"7"',
} as const;

const lastEventId = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'The id of the last event that was received: the stream goes on behind it.',
  schema: { type: 'string' },
  example: '3',
} as const;

export const parameters = {
  IdempotencyKey: { ...key, required: false },
  RequiredIdempotencyKey: { ...key, required: true },
  IfMatch: { ...ifMatch, required: false },
  RequiredIfMatch: { ...ifMatch, required: true },
  LastEventId: lastEventId,
};

const retryAfter = {
  description: 'Seconds after which trying again makes sense',
  schema: { type: 'integer', minimum: 0 },
};

export const headers = {
  Location: { description: 'Path of what was created', required: true, schema: { type: 'string' } },
  ETag: {
    description: 'The version of what the body shows. Send it as If-Match with a change.',
    required: true,
    schema: { type: 'string', pattern: '^"[0-9]+"$' },
    example: '"7"',
  },
  IdempotentReplayed: {
    description: 'Present when this is the stored answer to an earlier request with the same key',
    required: false,
    schema: { type: 'string', const: 'true' },
  },
  RetryAfter: { ...retryAfter, required: true },
  RetryAfterWhereItHelps: { ...retryAfter, required: false },
  WwwAuthenticate: {
    description: 'RFC 6750: the scheme, and the scope that is missing',
    required: true,
    schema: { type: 'string' },
    example: 'Bearer realm="holdfast"',
  },
};

export const securitySchemes = {
  CartToken: {
    type: 'apiKey',
    in: 'header',
    name: 'Cart-Token',
    description: 'The token that creating a cart returned. Opens that cart and the order made from it.',
  },
  CustomerBearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Token of the shop’s identity provider.',
  },
  ApiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'hf_…', description: 'API key of staff and machines.' },
};
