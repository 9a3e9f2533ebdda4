import type { Schema } from './open-api.js';

/**
 * The schema, closed: no object may have a member that the document does not name. The document leaves answers open, because clients must be
 * ready for new members; but what is answered today stands in it.
 */
export function closed(schema: Schema): Schema {
  const parts = withClosedParts(schema);
  const isOpenMap = 'additionalProperties' in schema;
  const isObject = 'properties' in schema || 'allOf' in schema;
  return isObject && !isOpenMap ? { ...parts, unevaluatedProperties: false } : parts;
}

function withClosedParts(schema: Schema): Schema {
  const { properties, items, allOf, anyOf, oneOf } = schema;
  return {
    ...schema,
    ...(properties !== undefined && { properties: ofEach(properties) }),
    ...(items !== undefined && { items: closed(items) }),
    // Together they name the members of one object, so only the whole is closed.
    ...(allOf !== undefined && { allOf: allOf.map((part: Schema) => withClosedParts(part)) }),
    ...(anyOf !== undefined && { anyOf: anyOf.map((part: Schema) => closed(part)) }),
    ...(oneOf !== undefined && { oneOf: oneOf.map((part: Schema) => closed(part)) }),
  };
}

const ofEach = (properties: Readonly<Record<string, Schema>>): Record<string, Schema> =>
  Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, closed(property)]));
