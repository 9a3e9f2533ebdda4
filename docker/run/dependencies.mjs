import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { changeCode, runTask } from '../services/task.mjs';

/**
 * Installs what package-lock.json names, unless exactly that is there already: `npm ci` empties node_modules first, under
 * the feet of processes that run from it.
 *
 * @param {import('../services/task.mjs').Project} project
 */
export function installDependencies(project) {
  return changeCode(project, async () => {
    if (areInstalled(project.root)) return;
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    await runTask(project, { title: 'Dependencies', doing: 'installing with npm', command: 'npm', args });
  });
}

/**
 * Compares with the list that npm keeps of what it has installed: right after `npm install`, `git pull` and a switch of
 * branches, where dates of files are not.
 */
function areInstalled(root) {
  const installedFile = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = packagesIn(path.join(root, 'package-lock.json'));
  const installed = packagesIn(installedFile);
  return Object.entries(wanted).every(([folder, { version, optional }]) => {
    if (folder === '') return true; // The project itself.
    return installed[folder] ? installed[folder].version === version : optional === true;
  });
}

const packagesIn = (lockfile) => JSON.parse(readFileSync(lockfile, 'utf8')).packages;
