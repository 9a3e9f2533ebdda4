import { z } from 'zod';
import type { ProblemType } from '#kernel';
import { problem } from '../problem/problem.js';
import type { ProblemCatalog } from '../problem/problem-catalog.js';
import { statusOf } from '../problem/status.js';
import type { Components, Json } from './components.js';
import { exampleOf } from './example.js';
import type { CatalogedOperation } from './operation-catalog.js';
import { problemsOfOperation } from './problem-codes.js';

const PHRASES: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No content' };
const header = (name: string): Json => ({ $ref: `#/components/headers/${name}` });

/** The answers of an operation by status. */
export function responsesOf(operation: CatalogedOperation, components: Components, catalog: ProblemCatalog): Json {
  const problems = problemsOfOperation(operation, catalog);
  return { ...successes(operation, components), ...refusals(operation.path, problems, components) };
}

function successes(operation: CatalogedOperation, components: Components): Json {
  const entries = Object.entries(operation.options.responses).map(([status, schema]) => [
    status,
    {
      description: PHRASES[status] ?? 'Success',
      headers: {
        ...(status === '201' && { Location: header('Location') }),
        ...(schema !== null && showsVersion(schema) && { ETag: header('ETag') }),
        ...(operation.options.idempotencyKey !== undefined && { 'Idempotent-Replayed': header('IdempotentReplayed') }),
      },
      ...(schema !== null && { content: contentOf(schema, components, operation.options.eventStream) }),
    },
  ]);
  return Object.fromEntries(entries) as Json;
}

function contentOf(schema: z.ZodType, components: Components, eventStream: true | undefined): Json {
  const body = successBody(schema, components);
  return eventStream === true ? { 'text/event-stream': eventsOf(body) } : { 'application/json': body };
}

/** OpenAPI 3.1 has no word for what is in a stream: the whole is text, and the example shows one event of it. */
const eventsOf = ({ example }: Json): Json => ({
  schema: { type: 'string', description: 'Server-sent events; `data` of each is one JSON document.' },
  example: `id: 1\ndata: ${JSON.stringify(example)}\n\n`,
});

function successBody(body: z.ZodType, components: Components): Json {
  const schema = components.add(body, 'output');
  return { schema, example: exampleOf(schema, (reference) => components.at(reference)) };
}

/** Whether the body is a thing with a version, or says how one is now: the ETag is that version. */
function showsVersion(schema: z.ZodType): boolean {
  if (!(schema instanceof z.ZodObject)) return false;
  return Object.entries(schema.shape).some(
    ([name, member]) => name === 'version' || (member instanceof z.ZodObject && 'version' in member.shape),
  );
}

function refusals(path: string, all: readonly ProblemType[], components: Components): Json {
  const statuses = new Set(all.map(statusOf));
  const entries = [...statuses].map((status) => {
    const those = all.filter((each) => statusOf(each) === status);
    return [status, problemResponse(those, path, components)];
  });
  return Object.fromEntries(entries) as Json;
}

function problemResponse(those: readonly ProblemType[], path: string, components: Components): Json {
  const [first] = those as readonly [ProblemType];
  const status = statusOf(first);
  const retried = those.filter(({ retryAfterSeconds }) => retryAfterSeconds !== undefined).length;
  const retryAfter = retried === those.length ? 'RetryAfter' : 'RetryAfterWhereItHelps';
  return {
    description: those.map(({ code, title }) => `\`${code}\`: ${title}`).join('  \n'),
    headers: {
      ...(retried > 0 && { 'Retry-After': header(retryAfter) }),
      ...((status === 401 || status === 403) && { 'WWW-Authenticate': header('WwwAuthenticate') }),
    },
    content: {
      'application/problem+json': {
        schema: schemaOf(those, components),
        examples: Object.fromEntries(
          those.map((each) => [each.code, { value: problemExample(each, path, components) }]),
        ),
      },
    },
  };
}

/** Problems with members of their own stand for themselves, distinguished by their code; the others share one schema. */
function schemaOf(those: readonly ProblemType[], components: Components): Json {
  const [bare, own] = [those.filter((each) => isBare(each)), those.filter((each) => !isBare(each))];
  const schemas = [
    ...own.map(({ code, members }) => withCode(z.object({ code: z.literal(code), ...members?.shape }), components)),
    ...(bare.length > 0 ? [withCode(z.object({ code: z.enum(bare.map(({ code }) => code)) }), components)] : []),
  ];
  return schemas.length === 1 ? (schemas[0] as Json) : { oneOf: schemas };
}

const isBare = ({ members }: ProblemType): boolean => Object.keys(members?.shape ?? {}).length === 0;

const withCode = (members: z.ZodObject, components: Components): Json => ({
  allOf: [{ $ref: '#/components/schemas/Problem' }, components.add(members, 'output')],
});

function problemExample(type: ProblemType, path: string, components: Components): Json {
  const { title, help, members = z.object({}) } = type;
  const own = exampleOf(components.add(members, 'output'), (reference) => components.at(reference));
  const detail = help ?? `${title}.`;
  return {
    ...problem({ type, detail, instance: path, members: own as Record<string, unknown> }),
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  };
}
