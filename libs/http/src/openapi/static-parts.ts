import { z } from 'zod';
import { statusByCode } from '../problem/status-by-code.js';

const fieldError = z.object({
  pointer: z
    .string()
    .meta({ description: 'JSON pointer into the body, or into what `in` names', example: '/items/0/quantity' }),
  code: z.string().meta({ example: 'too_small' }),
  detail: z.string(),
  in: z.enum(['query', 'path']).optional(),
});

const { $schema: _, ...schema } = z.toJSONSchema(
  z.looseObject({
    type: z.string().meta({ description: 'Path of a page that explains the code', example: '/problems/cart_empty' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'Path of the request' }),
    code: z.enum(Object.keys(statusByCode)),
    traceId: z.string().meta({ description: 'By what the operator finds the request in the logs' }).optional(),
    errors: z.array(fieldError).optional(),
  }),
);

/** RFC 9457, with the members of every problem of this API. */
export const problemSchema = schema;

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

export const parameters = {
  IdempotencyKey: { ...key, required: false },
  RequiredIdempotencyKey: { ...key, required: true },
  IfMatch: { ...ifMatch, required: false },
  RequiredIfMatch: { ...ifMatch, required: true },
};

export const headers = {
  Location: { description: 'Path of what was created', schema: { type: 'string' } },
  ETag: {
    description: 'The version, for If-Match',
    schema: { type: 'string' },
    example: '"7"',
  },
  IdempotentReplayed: {
    description: 'Present when this is the stored answer to an earlier request with the same key',
    schema: { type: 'string', const: 'true' },
  },
  RetryAfter: { description: 'Seconds after which trying again makes sense', schema: { type: 'integer' } },
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
