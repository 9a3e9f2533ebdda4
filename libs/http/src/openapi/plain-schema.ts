import { z } from 'zod';

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

/** Formats that JSON Schema names, and generators of clients know. */
const STANDARD_FORMATS = new Set(['date-time', 'uri', 'uuid', 'email', 'idn-email']);
/** For these the pattern of the library says no more than the format, and not every generator reads it. */
const SAID_BY_FORMAT = new Set(['date-time', 'uri', 'uuid']);

/** Leaves out of a generated schema what tells a client nothing: the bounds of every integer, own formats, patterns of standard formats. */
export const plain: Override = ({ jsonSchema, zodSchema }) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (SAID_BY_FORMAT.has(jsonSchema.format ?? '')) delete jsonSchema.pattern;
  if (jsonSchema.format !== undefined && !STANDARD_FORMATS.has(jsonSchema.format)) delete jsonSchema.format;
  // An answer may get further members in time, so only what is sent is closed.
  if (zodSchema instanceof z.ZodObject && zodSchema.def.catchall === undefined) delete jsonSchema.additionalProperties;
};
