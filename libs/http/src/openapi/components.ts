import { z } from 'zod';
import { plain } from './plain-schema.js';

export type Json = Readonly<Record<string, unknown>>;

/** Collects the schemas that have a name (`.meta({ id })`), so that the document says each of them once. */
export class Components {
  private readonly schemas = new Map<string, { readonly original: string; readonly text: string }>();

  /**
   * The schema as part of the document: a reference where it has a name. What is sent and what is received under one name can differ
   * (defaults, transformations); then the one that clients send is called `…Input`.
   */
  add(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _, ...generated } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: plain });
    const { root, definitions } = hoisted(generated);
    const names = new Map([...definitions].map(([id, original]) => [id, this.nameOf(id, original, io)]));
    for (const [id, original] of definitions) {
      this.schemas.set(names.get(id) ?? id, { original, text: withNames(original, names) });
    }
    return JSON.parse(withNames(JSON.stringify(root), names)) as Json;
  }

  /** The schema that a reference of this document names. */
  at(reference: string): Json {
    const text = this.schemas.get(reference.slice('#/components/schemas/'.length))?.text;
    return JSON.parse(text ?? '{}') as Json;
  }

  toJSON(): Json {
    const sorted = [...this.schemas].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(sorted.map(([name, { text }]) => [name, JSON.parse(text) as Json]));
  }

  private nameOf(id: string, original: string, io: 'input' | 'output'): string {
    const known = this.schemas.get(id);
    return io === 'output' || known === undefined || known.original === original ? id : `${id}Input`;
  }
}

/** Takes the named schemas out, wherever in the tree they are listed. */
function hoisted(schema: object): { root: Json; definitions: Map<string, string> } {
  const definitions = new Map<string, string>();
  const root = JSON.parse(JSON.stringify(schema), (member, value: unknown) => {
    if (member !== '$defs') return value;
    for (const [id, definition] of Object.entries(value as Json)) definitions.set(id, JSON.stringify(definition));
    return undefined;
  }) as Json;
  return { root, definitions };
}

function withNames(text: string, names: ReadonlyMap<string, string>): string {
  let renamed = text;
  for (const [id, name] of names) renamed = renamed.replaceAll(`"#/$defs/${id}"`, `"#/components/schemas/${name}"`);
  return renamed;
}
