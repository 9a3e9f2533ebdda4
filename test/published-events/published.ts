import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { jsonSchemaOf, type EventDefinition, type Json } from '#messaging';
import { incompatibilities } from './schema-compatibility.js';

/** What the world knows of one version of an event: a file that is committed. */
export interface Published {
  readonly type: string;
  readonly source: string;
  /** JSON Schema (draft 7) of what its readers take. */
  readonly schema: Json;
  /** Bodies as they have been sent. None is ever removed: such messages may still wait somewhere. */
  readonly examples: readonly unknown[];
}

/** The event as it is to be published now, together with the examples of before. */
export function publicationOf({ type, source, schema, example }: EventDefinition, before?: Published): Published {
  const known = before?.examples ?? [];
  const isKnown = known.some((each) => isDeepStrictEqual(each, example));
  return { type, source, schema: jsonSchemaOf(schema), examples: isKnown ? known : [...known, example] };
}

/** Why `now` is another version and not the one that was published. Empty when neither old messages nor old readers notice. */
export function breakingChanges(before: Published, now: Published): string[] {
  return [
    ...(before.source === now.source ? [] : [`source: ${before.source} became ${now.source}`]),
    ...incompatibilities(before.schema, now.schema, 'missed').map(
      (line) => `what was sent so far is not taken: ${line}`,
    ),
    ...incompatibilities(now.schema, before.schema, 'ignored').map(
      (line) => `readers of today do not take it: ${line}`,
    ),
  ];
}

const FOLDER = path.join(import.meta.dirname, '../../libs/contracts/published');

export async function readPublished(folder = FOLDER): Promise<ReadonlyMap<string, Published>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  const all = texts.map((text) => JSON.parse(text) as Published);
  return new Map(all.map((published) => [published.type, published]));
}

/**
 * Writes what is new or has grown, all or nothing. Returns the types written.
 *
 * @throws {BreakingChange} when a published version would change for those who send or read it
 */
export async function publish(events: readonly EventDefinition[], folder = FOLDER): Promise<string[]> {
  const known = await readPublished(folder);
  const breaks: string[] = [];
  const changed: Published[] = [];
  for (const event of events) {
    const before = known.get(event.type);
    const now = publicationOf(event, before);
    if (before !== undefined) breaks.push(...breakingChanges(before, now).map((line) => `${event.type}: ${line}`));
    if (!isDeepStrictEqual(before, asStored(now))) changed.push(now);
  }
  if (breaks.length > 0) throw new BreakingChange(breaks);
  await Promise.all(
    changed.map((each) => writeFile(path.join(folder, `${each.type}.json`), `${JSON.stringify(each, null, 2)}\n`)),
  );
  return changed.map(({ type }) => type);
}

/** As it is read back from its file. */
export const asStored = (published: Published): Published => JSON.parse(JSON.stringify(published)) as Published;

export class BreakingChange extends Error {
  constructor(readonly breaks: readonly string[]) {
    super(`A published version must not change like this. Leave it as it is and add the next version.`);
    this.name = 'BreakingChange';
  }
}
