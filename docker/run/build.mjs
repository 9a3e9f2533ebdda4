import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Advice } from '../services/terminal.mjs';
import { runTask } from './task.mjs';

const CONFIGURATION = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const NOT_BUILT = /\.(spec|suite)\.ts$|\.md$/;
const ENTRIES = ['api', 'worker', 'cli'].map((app) => `apps/${app}/src/main.js`);

/**
 * Compiles, unless the sources are the very ones that `dist` was made from.
 *
 * @param {import('./workshop.mjs').Workshop} workshop
 */
export async function build({ root, logs, signal }) {
  const sources = fingerprint(root);
  const dist = path.join(root, 'dist');
  const stamp = path.join(dist, '.built-from');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === label(dist, sources)) return;
  await runTask({ title: 'Build', doing: 'compiling', command: 'npm', args: ['run', 'build'], root, logs, signal });
  dropOrphans(root, dist);
  const made = label(dist, sources);
  if (!made) throw new Advice(`"npm run build" succeeded, but there is no ${ENTRIES.join(', ')} in ${dist}.`);
  writeFileSync(stamp, made);
}

/**
 * Of contents, not dates: a fresh clone and a switch of branches change every date.
 *
 * @param {string} root
 */
function fingerprint(root) {
  const hash = createHash('sha256');
  const files = ['apps', 'libs'].flatMap((folder) => filesUnder(path.join(root, folder)));
  for (const file of [
    ...files.filter((each) => !NOT_BUILT.test(each)),
    ...CONFIGURATION.map((name) => path.join(root, name)),
  ]) {
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * A build by hand leaves our stamp in place but rewrites the entry files: their dates are therefore part of it.
 *
 * @param {string} dist @param {string} sources @returns {string | null} null where something is not built
 */
function label(dist, sources) {
  const entries = ENTRIES.map((entry) => path.join(dist, entry));
  if (!entries.every((entry) => existsSync(entry))) return null;
  return [sources, ...entries.map((entry) => statSync(entry).mtimeMs)].join(' ');
}

/**
 * The compiler leaves the output of deleted sources behind, and a deleted migration must not run. The folder is not
 * emptied instead, for processes may be starting from it.
 *
 * @param {string} root @param {string} dist
 */
function dropOrphans(root, dist) {
  for (const folder of ['apps', 'libs']) {
    for (const file of filesUnder(path.join(dist, folder))) {
      const copied = path.join(root, path.relative(dist, file));
      const compiled = copied.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
      if (!existsSync(copied) && !existsSync(compiled)) rmSync(file);
    }
  }
}

/** @param {string} folder @returns {string[]} in a fixed order */
function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted();
}
