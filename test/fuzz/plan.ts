import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import type { Operation, ParameterObject } from '../support/contract/open-api.js';
import { fitting } from './fitting.js';
import { hostileBody, hostileText, mutated } from './hostile.js';

/** Sent as it stands in the path, without encoding. */
export class RawPart {
  constructor(readonly text: string) {}
}

/** A request before it is known which things there are. */
export interface Plan {
  readonly operation: Operation;
  readonly method: string;
  /** `right`: whoever may do it. Otherwise one of the other callers, by number. */
  readonly caller: 'right' | number;
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: readonly (readonly [name: string, value: unknown])[];
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `current`: the version that was last seen. */
  readonly ifMatch: string | undefined;
  readonly body: { readonly json: unknown } | { readonly bytes: Buffer } | undefined;
}

const mostly = <T, U>(weight: number, usual: fc.Arbitrary<T>, odd: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });
const nothing = fc.constant(undefined);

const rawPart = fc
  .constantFrom(
    '%',
    '%zz',
    '%00',
    '%ff',
    '%ed%a0%80',
    '%2e%2e',
    '%2F',
    '.',
    '..',
    'a%0d%0ab',
    '%e2%80%8b',
    'a'.repeat(3_000),
    ';x',
    '*',
  )
  .map((text) => new RawPart(text));

const freshKey = fc.nat().map(() => randomUUID());
const idempotencyKey = fc.oneof(
  { weight: 12, arbitrary: freshKey },
  { weight: 3, arbitrary: fc.nat(30).map((number) => `key-${number}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '"quoted"', '""', '"', ' ', 'a'.repeat(255), 'a'.repeat(256), 'ä', 'a b', 'a,b'),
  },
);
const ifMatch = fc.constantFrom(
  'current',
  'current',
  'current',
  '*',
  '"1"',
  '"99999"',
  'W/"1"',
  '1',
  '',
  '"1", "2"',
  '"ä"',
  ',',
  '"\\"',
);
const contentType = fc.constantFrom(
  'application/json; charset=utf-8',
  'application/json;charset="UTF-8"',
  'APPLICATION/JSON',
  'application/json; charset=utf-16',
  'application/merge-patch+json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json, text/html',
  'json',
  ';',
  '',
);
/** Headers that nothing in the contract asks for, or that other servers obey. */
const oddHeader = fc.constantFrom<Record<string, string>>(
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'identity' },
  { accept: 'text/html' },
  { accept: 'application/xml;q=0' },
  { expect: '100-continue' },
  { expect: 'tea' },
  { range: 'bytes=0-1' },
  { 'if-none-match': '*' },
  { 'if-modified-since': 'Thu, 01 Jan 2099 00:00:00 GMT' },
  { 'x-http-method-override': 'DELETE' },
  { 'x-forwarded-for': '1.2.3.4, ::1' },
  { 'x-forwarded-host': 'evil.example' },
  { host: 'evil.example' },
  { origin: 'https://evil.example' },
  { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  { traceparent: 'x'.repeat(1_000) },
  { cookie: 'a=b; '.repeat(200) },
  { te: 'trailers' },
  { connection: 'close' },
  { upgrade: 'h2c', connection: 'upgrade' },
  { 'accept-language': '*' },
  { 'x-long': 'x'.repeat(12_000) },
);

/** Requests of one operation: most of them right, many nearly right, some hostile. */
export function planFor(operation: Operation): fc.Arbitrary<Plan> {
  const { parameters, body } = operation;
  const at = (place: ParameterObject['in']) => parameters.filter((parameter) => parameter.in === place);
  const declares = (name: string) => at('header').find((parameter) => parameter.name === name);
  return fc.record({
    operation: fc.constant(operation),
    method: mostly(
      60,
      fc.constant(operation.method),
      fc.constantFrom('HEAD', 'OPTIONS', 'PATCH', 'DELETE', 'PUT', 'POST', 'GET'),
    ),
    caller: mostly(5, fc.constant('right' as const), fc.nat(100)),
    path: fc.record(Object.fromEntries(at('path').map(({ name, schema }) => [name, pathPart(fitting(schema, name))]))),
    query: queryOf(at('query')),
    headers: headersOf(declares('Idempotency-Key'), body !== undefined),
    ifMatch: ifMatchOf(declares('If-Match')),
    body: body === undefined ? mostly(30, nothing, bytes) : bodyOf(fitting(body)),
  }) as fc.Arbitrary<Plan>;
}

const bytes = hostileBody.map((sent) => ({ bytes: sent }));

const pathPart = (known: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 40, arbitrary: known }, { weight: 1, arbitrary: hostileText }, { weight: 1, arbitrary: rawPart });

const bodyOf = (fits: fc.Arbitrary<unknown>): fc.Arbitrary<Plan['body']> =>
  fc.oneof(
    { weight: 24, arbitrary: fits.map((json) => ({ json })) },
    { weight: 8, arbitrary: mutated(fits).map((json) => ({ json })) },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: nothing },
  );

function queryOf(declared: readonly ParameterObject[]): fc.Arbitrary<[string, unknown][]> {
  const odd = fc.tuple(
    mostly(1, hostileText, fc.constantFrom('limit', 'cursor', 'currency', 'status', 'limit[]')),
    hostileText,
  );
  if (declared.length === 0) return fc.array(odd, { maxLength: 1 });
  const fits = fc
    .constantFrom(...declared)
    .chain(({ name, schema }) => fitting(schema, name).map((value): [string, unknown] => [name, value]));
  return fc.array(mostly(6, fits, odd), { maxLength: 3 }) as fc.Arbitrary<[string, unknown][]>;
}

function headersOf(key: ParameterObject | undefined, hasBody: boolean): fc.Arbitrary<Record<string, string>> {
  const absence = key === undefined ? 30 : key.required ? 0.05 : 1;
  const keyed = fc.oneof(
    { weight: 100, arbitrary: idempotencyKey },
    { weight: Math.round(100 * absence), arbitrary: nothing },
  );
  const typed = mostly(hasBody ? 20 : 3, fc.constant(hasBody ? 'application/json' : undefined), contentType);
  const odd = mostly(12, fc.constant({}), oddHeader);
  return fc
    .tuple(keyed, typed, odd)
    .map(([idempotency, type, others]) => merged({ 'content-type': type, 'idempotency-key': idempotency }, others));
}

/** Those that are not undefined. */
function merged(...all: readonly Record<string, string | undefined>[]): Record<string, string> {
  const given = all.flatMap((headers) => Object.entries(headers)).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, string>;
}

const ifMatchOf = (declared: ParameterObject | undefined): fc.Arbitrary<string | undefined> =>
  declared?.required === true
    ? mostly(20, ifMatch, nothing)
    : mostly(declared === undefined ? 30 : 3, nothing, ifMatch);
