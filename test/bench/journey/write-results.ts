import { mkdir, writeFile } from 'node:fs/promises';
import { projectRoot } from '../../support/project-root.js';
import { picture } from './picture.js';
import type { Results } from './results.js';

/** Where git does not look. */
const FOLDER = new URL('bench-results/', projectRoot);

/** Everything as JSON, and a picture of the rates. @returns the files, seen from the project's folder */
export async function writeResults(results: Results): Promise<string[]> {
  const stamp = results.startedAt.slice(0, 19).replaceAll(':', '-');
  const files = {
    [`journey-${stamp}.json`]: `${JSON.stringify(results, null, 2)}\n`,
    [`journey-${stamp}.svg`]: picture(results),
  };
  await mkdir(FOLDER, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(new URL(name, FOLDER), content);
  return Object.keys(files).map((name) => `bench-results/${name}`);
}
