import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

/**
 * JSON Schema (draft 7, the dialect of AsyncAPI) of what a reader accepts. Objects are open unless they are strict: a reader ignores
 * members that it does not know.
 */
export function jsonSchemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', override: inDraft7Words });
  return rest;
}

/** `example` and `id` are our schemas' own words; draft 7 knows only `examples`, and the id is the key in `definitions`. */
function inDraft7Words({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }): void {
  if ('example' in jsonSchema) jsonSchema['examples'] = [jsonSchema['example']];
  delete jsonSchema['example'];
  delete jsonSchema['id'];
}

/** The named schemas of one document, each said once. */
export class NamedSchemas {
  private readonly byName = new Map<string, string>();

  /** The schema with references into `#/components/schemas`. @throws Error when two different schemas have the same name */
  add(schema: z.ZodType): Json {
    const { definitions = {}, ...root } = jsonSchemaOf(schema) as { definitions?: Json };
    for (const [name, definition] of Object.entries(definitions)) {
      const text = JSON.stringify(definition);
      if ((this.byName.get(name) ?? text) !== text) throw new Error(`Two schemas of events are called ${name}.`);
      this.byName.set(name, text);
    }
    return hoisted(JSON.stringify(root));
  }

  toJSON(): Json {
    const sorted = [...this.byName].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(sorted.map(([name, text]) => [name, hoisted(text)]));
  }
}

const hoisted = (text: string): Json =>
  JSON.parse(text.replaceAll('"#/definitions/', '"#/components/schemas/')) as Json;
