import { z } from 'zod';
import type { DeclaredProblem } from '../problem/declared-problem.js';
import { problem } from '../problem/problem.js';
import { kindOf } from '../problem/status-by-code.js';
import type { Components, Json } from './components.js';
import { exampleOf } from './example.js';
import type { CatalogedOperation } from './operation-catalog.js';
import { problemsOf } from './problem-codes.js';

const PHRASES: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No content' };
const header = (name: string): Json => ({ $ref: `#/components/headers/${name}` });

/** The answers of an operation by status. */
export function responsesOf(operation: CatalogedOperation, components: Components): Json {
  return { ...successes(operation, components), ...problems(operation, components) };
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
      ...(schema !== null && { content: { 'application/json': successBody(schema, components) } }),
    },
  ]);
  return Object.fromEntries(entries) as Json;
}

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

function problems(operation: CatalogedOperation, components: Components): Json {
  const all = problemsOf(operation);
  const statuses = new Set(all.map(({ code }) => kindOf(code).status));
  const entries = [...statuses].map((status) => {
    const those = all.filter(({ code }) => kindOf(code).status === status);
    return [status, problemResponse(those, operation.path, components)];
  });
  return Object.fromEntries(entries) as Json;
}

function problemResponse(those: readonly DeclaredProblem[], path: string, components: Components): Json {
  const [{ code: first }] = those as readonly [DeclaredProblem];
  const { status } = kindOf(first);
  const retried = those.filter(({ code }) => kindOf(code).retryAfterSeconds !== undefined).length;
  const retryAfter = retried === those.length ? 'RetryAfter' : 'RetryAfterWhereItHelps';
  return {
    description: those.map(({ code }) => `\`${code}\`: ${kindOf(code).title}`).join('  \n'),
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

/** Problems with members of their own stand for themselves, told apart by their code; the others share one schema. */
function schemaOf(those: readonly DeclaredProblem[], components: Components): Json {
  const [bare, own] = [those.filter((each) => isBare(each)), those.filter((each) => !isBare(each))];
  const schemas = [
    ...own.map(({ code, members }) => withCode(z.object({ code: z.literal(code), ...members.shape }), components)),
    ...(bare.length > 0 ? [withCode(z.object({ code: z.enum(bare.map(({ code }) => code)) }), components)] : []),
  ];
  return schemas.length === 1 ? (schemas[0] as Json) : { oneOf: schemas };
}

const isBare = ({ members }: DeclaredProblem): boolean => Object.keys(members.shape).length === 0;

const withCode = (members: z.ZodObject, components: Components): Json => ({
  allOf: [{ $ref: '#/components/schemas/Problem' }, components.add(members, 'output')],
});

function problemExample({ code, members }: DeclaredProblem, path: string, components: Components): Json {
  const schema = components.add(members, 'output');
  const own = exampleOf(schema, (reference) => components.at(reference)) as Record<string, unknown>;
  return {
    ...problem({ code, detail: kindOf(code).help ?? `${kindOf(code).title}.`, instance: path, members: own }),
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  };
}
