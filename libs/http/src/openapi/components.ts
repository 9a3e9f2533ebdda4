import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

/** Collects the schemas that have a name (`.meta({ id })`), so that the document says each of them once. */
export class Components {
  private readonly schemas = new Map<string, { readonly original: string; readonly text: string }>();

  /**
   * The schema as part of the document: a reference where it has a name. What is sent and what is received under one name can differ
   * (defaults, transformations); then the one that clients send is called `…Input`.
   */
  add(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
    const names = new Map(
      Object.entries($defs).map(([id, definition]) => [id, this.nameOf(id, JSON.stringify(definition), io)]),
    );
    for (const [id, definition] of Object.entries($defs)) {
      const original = JSON.stringify(definition);
      this.schemas.set(names.get(id) ?? id, { original, text: withNames(original, names) });
    }
    return JSON.parse(withNames(JSON.stringify(root), names)) as Json;
  }

  toJSON(): Json {
    const sorted = [...this.schemas].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(sorted.map(([name, { text }]) => [name, JSON.parse(text) as Json]));
  }

  private nameOf(id: string, original: string, io: 'input' | 'output'): string {
    const known = this.schemas.get(id);
    return known === undefined || known.original === original || io === 'output' ? id : `${id}Input`;
  }
}

function withNames(text: string, names: ReadonlyMap<string, string>): string {
  let renamed = text;
  for (const [id, name] of names) renamed = renamed.replaceAll(`"#/$defs/${id}"`, `"#/components/schemas/${name}"`);
  return renamed;
}
