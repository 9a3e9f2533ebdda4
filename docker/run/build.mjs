import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { changeCode, runTask } from '../services/task.mjs';

const CONFIGURATION = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const NOT_BUILT = /\.(spec|suite)\.ts$|\.md$/;
const ENTRY = 'apps/api/src/main.js';

/**
 * Compiles, unless the sources are the very ones that `dist` was made from.
 *
 * @param {import('../services/task.mjs').Project} project
 */
export function build(project) {
  return changeCode(project, async () => {
    const dist = path.join(project.root, 'dist');
    const stamp = path.join(dist, '.built-from');
    const sources = fingerprint(project.root);
    // A build by hand leaves our stamp in place but rewrites every file: the date of one of them is part of it.
    const label = () => `${sources} ${statSync(path.join(dist, ENTRY), { throwIfNoEntry: false })?.mtimeMs}`;
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === label()) return;
    await runTask(project, { title: 'Build', doing: 'compiling', command: 'npm', args: ['run', 'build'] });
    writeFileSync(stamp, label());
  });
}

/** Of contents, not dates: a fresh clone and a switch of branches change every date. */
function fingerprint(root) {
  const hash = createHash('sha256');
  const sources = ['apps', 'libs'].flatMap((folder) => filesUnder(root, folder));
  for (const file of [...sources.filter((each) => !NOT_BUILT.test(each)), ...CONFIGURATION]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** @returns {string[]} in a fixed order */
function filesUnder(root, folder) {
  const entries = readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return files.map((file) => path.relative(root, file)).toSorted();
}
