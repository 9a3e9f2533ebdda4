import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { execute } from './execute.mjs';
import { findProgram } from './programs.mjs';
import { Advice, say, stopwatch, withReminder } from './terminal.mjs';

const SCRIPT = path.join(import.meta.dirname, 'install-packages.sh');

/** @typedef {import('./targets.mjs').Target} Target */

/** How Debian's packages can be installed without asking anybody: the command's beginning, or null. @returns {string[] | null} */
export function installer() {
  if (process.platform !== 'linux' || !findProgram(['apt-get'])) return null;
  if (process.getuid?.() === 0) return ['sh', SCRIPT];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n', 'sh', SCRIPT] : null;
}

/** @param {readonly string[]} beginning from {@link installer} @param {readonly Target[]} missing @param {string} logFile */
export async function installPackages([command = '', ...args], missing, logFile) {
  const packages = distinct(missing.map(({ kind }) => kind.packages.apt));
  const elapsed = stopwatch();
  say('Packages', `installing ${packages.join(', ')} with apt-get …`);
  const run = () => execute(command, [...args, ...packages], { logFile });
  const { code, tail } = await withReminder('Packages', 'installing', run);
  if (code !== 0) throw new Advice(`apt-get could not install ${packages.join(' ')}:\n${tail}`);
  say('Packages', `installed (${elapsed()})`);
}

/** What a person can do where nothing could be started. @param {readonly Target[]} missing */
export function installAdvice(missing) {
  const titles = distinct(missing.map(({ kind }) => kind.title)).join(', ');
  const variables = distinct(missing.map(({ kind }) => kind.variable)).join(', ');
  const named = (/** @type {'apt' | 'brew'} */ by) => distinct(missing.map(({ kind }) => kind.packages[by])).join(' ');
  let install = `Install ${titles} with the package manager of this system`;
  if (findProgram(['brew'])) install = `Install them:  brew install ${named('brew')}`;
  if (findProgram(['apt-get']))
    install = `Install them:  sudo apt-get update && sudo apt-get install -y ${named('apt')}`;
  return [
    `Missing: ${titles}. They do not answer, no Docker engine does, and their programs are not installed here (or too old).`,
    `  ${install}`,
    `  or start Docker, or point ${variables} (in .env or the environment) at servers that run.`,
    '  Then give the same command again: it starts instances of its own and leaves the system untouched.',
  ].join('\n');
}

const distinct = (values) => [...new Set(values)];
