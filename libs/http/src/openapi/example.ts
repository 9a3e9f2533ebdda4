import type { Json } from './components.js';

const BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-03-01T09:30:00.000Z',
  uuid: '0195f1d2-6f0a-7c3e-9b1d-2f5e8b7c4010',
  uri: 'https://shop.example/orders',
};

/**
 * A value that fits the schema and reads like an answer: what the schema gives as its example, and made up from its parts where it gives none.
 *
 * @param at finds the schema that a reference names
 */
export function exampleOf(schema: Json, at: (reference: string) => Json): unknown {
  const { $ref, example, const: constant, enum: values, anyOf, oneOf = anyOf, allOf } = schema;
  if (example !== undefined) return example;
  if (typeof $ref === 'string') return exampleOf(at($ref), at);
  if (constant !== undefined) return constant;
  if (Array.isArray(values)) return values[0] as unknown;
  if (Array.isArray(oneOf)) return exampleOf(oneOf[0] as Json, at);
  if (Array.isArray(allOf)) return Object.assign({}, ...allOf.map((part: Json) => exampleOf(part, at))) as unknown;
  return ofType(schema, at);
}

function ofType(schema: Json, at: (reference: string) => Json): unknown {
  switch (schema['type']) {
    case 'object':
      return Object.fromEntries(
        Object.entries((schema['properties'] ?? {}) as Record<string, Json>).map(([name, member]) => [
          name,
          exampleOf(member, at),
        ]),
      );
    case 'array':
      return [exampleOf(schema['items'] as Json, at)];
    case 'integer':
    case 'number':
      return Math.max(1, Number(schema['minimum'] ?? 1));
    case 'boolean':
      return true;
    case 'string':
      return BY_FORMAT[String(schema['format'])] ?? 'text';
    default:
      return null;
  }
}
