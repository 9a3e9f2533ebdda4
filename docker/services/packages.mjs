import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { findProgram } from './programs.mjs';
import { runTask } from './task.mjs';
import { Advice } from './terminal.mjs';

const SCRIPT = path.join(import.meta.dirname, 'install-packages.sh');

/** @typedef {import('./targets.mjs').Target} Target */

/**
 * Installs the programs of servers where that needs no answer from a person.
 *
 * @param {readonly Target[]} missing @param {{logs: string, signal: AbortSignal}} context
 * @returns {Promise<void>} rejects with what a person can do
 */
export async function installPackages(missing, context) {
  const packages = distinct(missing.map(({ kind }) => kind.packages.apt));
  const isRoot = process.getuid?.() === 0;
  const mayInstall = isRoot || spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  if (process.platform !== 'linux' || !findProgram(['apt-get']) || !mayInstall) {
    throw new Advice(installAdvice(missing));
  }
  const [command = '', ...args] = [...(isRoot ? [] : ['sudo', '-n']), 'sh', SCRIPT, ...packages];
  const doing = `installing ${packages.join(', ')} with apt-get`;
  await runTask(context, { title: 'Packages', doing, command, args });
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
