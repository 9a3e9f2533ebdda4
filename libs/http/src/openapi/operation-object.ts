import type { z } from 'zod';
import { problem } from '../problem/problem.js';
import { kindOf, type ProblemCode } from '../problem/status-by-code.js';
import type { Components, Json } from './components.js';
import type { CatalogedOperation } from './operation-catalog.js';
import { problemCodesOf } from './problem-codes.js';

const PHRASES: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No content' };

/** The Operation Object of OpenAPI 3.1. */
export function operationObject(operation: CatalogedOperation, components: Components): Json {
  const { id, options, body } = operation;
  return {
    operationId: id,
    summary: options.summary,
    ...(options.description !== undefined && { description: options.description }),
    tags: [tagOf(operation.path)],
    security: securityOf(operation),
    parameters: parametersOf(operation, components),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: components.add(body, 'input') } } },
    }),
    responses: { ...successes(operation, components), ...problems(operation) },
  };
}

/** `/v1/admin/stock/{sku}` belongs to `admin stock`, `/v1/carts` to `carts`. */
export function tagOf(path: string): string {
  const [first = '', second = ''] = path.split('/').slice(2);
  return first === 'admin' ? `admin ${second}` : first;
}

/** The credentials of which one is needed. A buyer's are needed where something of a buyer is opened. */
function securityOf({ method, options: { scope, customer, access, staffScope } }: CatalogedOperation): Json[] {
  if (scope !== undefined) return [{ ApiKey: [scope] }];
  const staff = staffScope === undefined ? [] : [{ ApiKey: [staffScope] }];
  if (customer === true) return [{ CustomerBearer: [] }, ...staff];
  if (access !== undefined) return [{ CartToken: [] }, { CustomerBearer: [] }, ...staff];
  return method === 'get' ? [{}] : [{}, { CustomerBearer: [] }];
}

function parametersOf({ options, query, params }: CatalogedOperation, components: Components): Json[] {
  const { idempotencyKey, ifMatch } = options;
  return [
    ...(params === undefined ? [] : membersOf(params, 'path', components)),
    ...(query === undefined ? [] : membersOf(query, 'query', components)),
    ...(idempotencyKey === 'required' ? [{ $ref: '#/components/parameters/RequiredIdempotencyKey' }] : []),
    ...(idempotencyKey === 'optional' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
    ...(ifMatch === 'optional' ? [{ $ref: '#/components/parameters/IfMatch' }] : []),
    ...(ifMatch === 'required' ? [{ $ref: '#/components/parameters/RequiredIfMatch' }] : []),
  ];
}

function membersOf(schema: z.ZodType, place: 'path' | 'query', components: Components): Json[] {
  const { properties = {}, required = [] } = components.add(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, member]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    description: member['description'], // Left out of the JSON where there is none.
    schema: member,
  }));
}

function successes(operation: CatalogedOperation, components: Components): Json {
  const entries = Object.entries(operation.options.responses).map(([status, schema]) => [
    status,
    {
      description: PHRASES[status] ?? 'Success',
      headers: headersOf(Number(status), operation),
      ...(schema !== null && { content: { 'application/json': { schema: components.add(schema, 'output') } } }),
    },
  ]);
  return Object.fromEntries(entries) as Json;
}

function headersOf(status: number, { method, options }: CatalogedOperation): Json {
  return {
    ...(status === 201 && method === 'post' && { Location: { $ref: '#/components/headers/Location' } }),
    ...(options.ifMatch !== undefined && { ETag: { $ref: '#/components/headers/ETag' } }),
    ...(options.idempotencyKey !== undefined && {
      'Idempotent-Replayed': { $ref: '#/components/headers/IdempotentReplayed' },
    }),
  };
}

function problems(operation: CatalogedOperation): Json {
  const codes = problemCodesOf(operation);
  const statuses = new Set(codes.map((code) => kindOf(code).status));
  const entries = [...statuses].map((status) => {
    const those = codes.filter((code) => kindOf(code).status === status);
    return [status, problemResponse(those, operation.path)];
  });
  return Object.fromEntries(entries) as Json;
}

function problemResponse(codes: readonly ProblemCode[], path: string): Json {
  const retried = codes.some((code) => kindOf(code).retryAfterSeconds !== undefined);
  return {
    description: codes.map((code) => `\`${code}\`: ${kindOf(code).title}`).join('  \n'),
    ...(retried && { headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } }),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: codes } } }],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code, path) }])),
      },
    },
  };
}

const exampleOf = (code: ProblemCode, path: string) => ({
  ...problem({ code, detail: kindOf(code).help ?? `${kindOf(code).title}.`, instance: path }),
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
});
