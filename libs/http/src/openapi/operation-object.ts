import type { z } from 'zod';
import type { ProblemCatalog } from '../problem/problem-catalog.js';
import type { Components, Json } from './components.js';
import type { CatalogedOperation } from './operation-catalog.js';
import { responsesOf } from './responses.js';

/** The Operation Object of OpenAPI 3.1. */
export function operationObject(operation: CatalogedOperation, components: Components, catalog: ProblemCatalog): Json {
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
    responses: responsesOf(operation, components, catalog),
  };
}

/** `/v1/admin/stock/{sku}` belongs to `admin stock`, `/v1/carts` to `carts`. */
export function tagOf(path: string): string {
  const [first = '', second = ''] = path.split('/').slice(2);
  return first === 'admin' ? `admin ${second}` : first;
}

/** The credentials of which one is needed. A buyer's are needed where something of a buyer is opened. */
function securityOf({ method, options: { scope, customer, access, staffScope, rawBody } }: CatalogedOperation): Json[] {
  if (scope !== undefined) return [{ ApiKey: [scope] }];
  const staff = staffScope === undefined ? [] : [{ ApiKey: [staffScope] }];
  if (customer === true) return [{ CustomerBearer: [] }, ...staff];
  if (access !== undefined) return [{ CartToken: [] }, { CustomerBearer: [] }, ...staff];
  // Whoever signs the bytes of the body needs no other credentials.
  return method === 'get' || rawBody === true ? [{}] : [{}, { CustomerBearer: [] }];
}

function parametersOf({ options, query, params }: CatalogedOperation, components: Components): Json[] {
  const { idempotencyKey, ifMatch, eventStream } = options;
  return [
    ...(params === undefined ? [] : membersOf(params, 'path', components)),
    ...(query === undefined ? [] : membersOf(query, 'query', components)),
    ...(idempotencyKey === 'required' ? [{ $ref: '#/components/parameters/RequiredIdempotencyKey' }] : []),
    ...(idempotencyKey === 'optional' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
    ...(eventStream === true ? [{ $ref: '#/components/parameters/LastEventId' }] : []),
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
