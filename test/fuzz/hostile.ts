import * as fc from 'fast-check';
import { Pick } from './known-resources.js';

const nested = (depth: number): unknown =>
  depth === 0 ? 1 : depth % 2 === 0 ? [nested(depth - 1)] : { a: nested(depth - 1) };

/** Texts that have broken programs before. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '\u200b',
    '\u202e\u2066',
    'e\u0301\u0301\u0301',
    '👩‍👩‍👧‍👦',
    'İıſK',
    '\u2028',
    '\r\nX: 1',
    '__proto__',
    'constructor',
    'null',
    'NaN',
    '-0',
    '1e309',
    "'; SELECT pg_sleep(9); --",
    '%00',
    '%s%n',
    '${1+1}',
    '../../etc/passwd',
    '*',
    '"',
    '\\',
    '9'.repeat(400),
    'a'.repeat(5_000),
    'ß'.repeat(64),
    '𝒜'.repeat(64),
  ),
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc.string({ unit: 'grapheme', maxLength: 70 }),
);

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  {
    weight: 3,
    arbitrary: fc.constantFrom(0, -0, -1, 1, 0.1, 1e-7, 2 ** 31, 2 ** 53, -(2 ** 53), 2 ** 63, 1e21, 1e308),
  },
  { weight: 2, arbitrary: fc.constantFrom(null, true, false) },
  { weight: 1, arbitrary: fc.constantFrom([], {}, [[]], [null], nested(19), nested(21), nested(500)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      Array.from({ length: 1_001 }, () => 1),
      Array.from({ length: 101 }, () => ({})),
    ),
  },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Bodies that no value has as its JSON. */
export const hostileBody: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .constantFrom(
      '',
      '{',
      'nul',
      '{"a":1,"a":2}',
      '{"quantity":1e400}',
      '{"quantity":1,"quantity":1}',
      '{"__proto__":{"quantity":1}}',
      '{"constructor":{"prototype":{}}}',
      '[1,]',
      '{"a":"\\ud800"}',
      '{"a":"\\u0000"}',
      '"text"',
      '0',
      '[]',
      '\uFEFF{}',
      '{"a":NaN}',
      '{/**/}',
      '['.repeat(10_000),
      `{"reason":"${'x'.repeat(300_000)}"}`,
      `{"products":[${'{},'.repeat(1_000)}{}]}`,
    )
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
);

type Path = readonly (string | number)[];

interface Mutation {
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'add' | 'wrap';
  readonly value: unknown;
  readonly name: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(200),
  how: fc.constantFrom('replace' as const, 'replace' as const, 'remove' as const, 'add' as const, 'wrap' as const),
  value: hostileValue,
  name: fc.oneof(fc.constantFrom('id', 'version', 'status', 'price', 'constructor', 'extra', ''), hostileText),
});

/** A value that fits, with one to three places where it does not. */
export const mutated = (fitting: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(fitting, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([value, mutations]) => mutations.reduce<unknown>((changed, each) => mutate(changed, each), value));

function mutate(value: unknown, { at, how, value: other, name }: Mutation): unknown {
  const paths = pathsIn(value);
  const path = paths[at % paths.length]!;
  return changedAt(value, path, (old) => {
    if (how === 'wrap') return [old];
    if (how === 'remove') return undefined;
    if (how === 'replace' || !isObject(old)) return other;
    return { ...old, [name]: other };
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Pick);

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (!isObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([name, part]) => pathsIn(part, [...path, name]))].slice(0, 200);
}

function changedAt(value: unknown, path: Path, change: (old: unknown) => unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return change(value);
  if (Array.isArray(value))
    return value.map((part, index) => (String(index) === first ? changedAt(part, rest, change) : part));
  const { [first]: part, ...others } = value as Record<string, unknown>;
  return { ...others, [first]: changedAt(part, rest, change) };
}
