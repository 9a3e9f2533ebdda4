import { isDeepStrictEqual } from 'node:util';
import type { Json } from '#messaging';

/** What becomes of members that the reader's schema does not name: it may ignore them, or they may be missed. */
export type UnknownMembers = 'ignored' | 'missed';

/**
 * Where something that a writer with the one schema sends may be refused by a reader with the other, as lines of `/path: reason`. Empty
 * when everything that is sent is read.
 *
 * A writer sends the members that its schema names, and more only where it allows others by a schema. A keyword that is not known here
 * must be the same on both sides, and so must patterns: a schema that is only written differently is reported too.
 */
export function incompatibilities(sent: Json, read: Json, unknownMembers: UnknownMembers): string[] {
  return new Comparison(sent, read, unknownMembers).at('', sent, read);
}

const FOR_PEOPLE = ['$schema', '$comment', 'title', 'description', 'examples', 'default', 'deprecated'];
const LOOKED_AT_APART = ['definitions', 'properties', 'required', 'additionalProperties', 'items'];
const WITHOUT_RULE = new Set([...FOR_PEOPLE, ...LOOKED_AT_APART]);

type Rule = (sent: Json, read: Json) => boolean;

const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

const atLeast =
  (word: string): Rule =>
  (sent, read) =>
    number(sent[word], -Infinity) >= number(read[word], -Infinity);

const atMost =
  (word: string): Rule =>
  (sent, read) =>
    number(sent[word], Infinity) <= number(read[word], Infinity);

/** Whether the keyword of the reader's schema lets everything through that the writer's schema allows. */
const RULES: Readonly<Record<string, Rule>> = {
  type: (sent, read) => typesOf(sent).every((type) => accepts(typesOf(read), type)),
  enum: (sent, read) => includesAll(valuesOf(read), valuesOf(sent)),
  const: (sent, read) => includesAll(valuesOf(read), valuesOf(sent)),
  minLength: atLeast('minLength'),
  maxLength: atMost('maxLength'),
  minItems: atLeast('minItems'),
  maxItems: atMost('maxItems'),
  minimum: (sent, read) => number(sent['minimum'] ?? sent['exclusiveMinimum'], -Infinity) >= number(read['minimum'], 0),
  maximum: (sent, read) => number(sent['maximum'] ?? sent['exclusiveMaximum'], Infinity) <= number(read['maximum'], 0),
  exclusiveMinimum: atLeast('exclusiveMinimum'),
  exclusiveMaximum: atMost('exclusiveMaximum'),
};

class Comparison {
  /** Pairs of references being compared, since schemas may contain themselves. */
  private readonly underWay = new Set<string>();

  constructor(
    private readonly sentRoot: Json,
    private readonly readRoot: Json,
    private readonly unknownMembers: UnknownMembers,
  ) {}

  at(path: string, sent: Json, read: Json): string[] {
    const pair = `${String(sent['$ref'])} ${String(read['$ref'])}`;
    const isReference = '$ref' in sent && '$ref' in read;
    if (isReference && this.underWay.has(pair)) return [];
    if (isReference) this.underWay.add(pair);
    const found = this.branches(path, resolved(sent, this.sentRoot), resolved(read, this.readRoot));
    if (isReference) this.underWay.delete(pair);
    return found;
  }

  /** Each alternative of the writer must be one of the reader's. */
  private branches(path: string, sent: Json, read: Json): string[] {
    const [sentAs, readAs] = [alternatives(sent), alternatives(read)];
    if (sentAs === undefined && readAs === undefined) return this.same(path, sent, read);
    return (sentAs ?? [sent]).flatMap((each) => {
      const tries = (readAs ?? [read]).map((accepted) => this.at(path, each, accepted));
      if (tries.some((found) => found.length === 0)) return [];
      return tries.length === 1 ? (tries[0] ?? []) : [`${path || '/'}: no alternative takes ${JSON.stringify(each)}`];
    });
  }

  private same(path: string, sent: Json, read: Json): string[] {
    const words = Object.keys(read).filter((word) => !WITHOUT_RULE.has(word) && !fits(word, sent, read));
    const found = words.map((word) => `${path || '/'}: ${word} ${JSON.stringify(read[word])} does not take all of it`);
    // With another type everything below it differs as well.
    if (words.includes('type')) return found;
    return [...found, ...this.members(path, sent, read), ...this.items(path, sent, read)];
  }

  private members(path: string, sent: Json, read: Json): string[] {
    const [sentMembers, readMembers] = [membersOf(sent), membersOf(read)];
    const required = (read['required'] ?? []) as readonly string[];
    const surely = new Set((sent['required'] ?? []) as readonly string[]);
    const others = othersOf(sent);
    return [
      ...required.filter((name) => !surely.has(name)).map((name) => `${path}/${name}: is required and may be missing`),
      ...Object.entries(sentMembers).flatMap(([name, member]) => {
        const known = readMembers[name];
        return known ? this.at(`${path}/${name}`, member, known) : this.unknown(`${path}/${name}`, member, read);
      }),
      ...(others === undefined ? [] : this.unknown(`${path}/*`, others, read)),
      ...(others === undefined ? [] : this.namedByReaderOnly(path, others, { sentMembers, readMembers })),
    ];
  }

  private unknown(path: string, member: Json, read: Json): string[] {
    if (read['additionalProperties'] === false) return [`${path}: no such member is taken`];
    const others = othersOf(read);
    if (others !== undefined) return this.at(path, member, others);
    return this.unknownMembers === 'missed' ? [`${path}: is not read any more`] : [];
  }

  private namedByReaderOnly(
    path: string,
    others: Json,
    { sentMembers, readMembers }: Readonly<Record<'sentMembers' | 'readMembers', Readonly<Record<string, Json>>>>,
  ): string[] {
    return Object.entries(readMembers)
      .filter(([name]) => !(name in sentMembers))
      .flatMap(([name, member]) => this.at(`${path}/${name}`, others, member));
  }

  private items(path: string, sent: Json, read: Json): string[] {
    if (read['items'] === undefined || !typesOf(sent).includes('array')) return [];
    return this.at(`${path}/*`, (sent['items'] ?? {}) as Json, read['items'] as Json);
  }
}

function fits(word: string, sent: Json, read: Json): boolean {
  const rule = RULES[word];
  return rule === undefined ? isDeepStrictEqual(sent[word], read[word]) : rule(sent, read);
}

const membersOf = (schema: Json) => (schema['properties'] ?? {}) as Readonly<Record<string, Json>>;

/** The schema of members that are not named, where there may be some. */
function othersOf({ additionalProperties }: Json): Json | undefined {
  if (additionalProperties === true) return {};
  return typeof additionalProperties === 'object' ? (additionalProperties as Json) : undefined;
}

function resolved(schema: Json, root: Json): Json {
  const { $ref, ...beside } = schema;
  if (typeof $ref !== 'string') return schema;
  const target = $ref
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .reduce<unknown>((node, part) => (node as Json | undefined)?.[part], root);
  if (target === undefined) throw new Error(`The schema refers to ${$ref}, which is not there.`);
  return resolved({ ...(target as Json), ...beside }, root);
}

/** `oneOf` is what discriminated unions become, whose alternatives exclude each other anyway. */
function alternatives({ anyOf, oneOf, ...beside }: Json): Json[] | undefined {
  const listed = (anyOf ?? oneOf) as readonly Json[] | undefined;
  return listed?.map((each) => Object.assign({}, beside, each));
}

const typesOf = ({ type }: Json): unknown[] => (type === undefined ? ['any'] : [type].flat());

const accepts = (types: readonly unknown[], type: unknown): boolean =>
  types.includes(type) || types.includes('any') || (type === 'integer' && types.includes('number'));

const valuesOf = (schema: Json): readonly unknown[] | undefined =>
  'const' in schema ? [schema['const']] : (schema['enum'] as readonly unknown[] | undefined);

const includesAll = (all: readonly unknown[] = [], some: readonly unknown[] | undefined): boolean =>
  some !== undefined && some.every((value) => all.some((each) => isDeepStrictEqual(each, value)));
