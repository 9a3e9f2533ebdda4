import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { exclusively } from './exclusive.mjs';
import { execute } from './execute.mjs';
import { Advice, Interrupted, say, stopwatch, withReminder } from './terminal.mjs';

/**
 * Where a command works: the project's folder, the folder for logs, and the signal that ends it early.
 *
 * @typedef {{root: string, logs: string, signal?: AbortSignal}} Project
 */

/**
 * One step of a command that runs a program to its end; its output goes to a log file.
 *
 * @param {Omit<Project, 'root'> & {root?: string}} project
 * @param {{title: string, doing: string, command: string, args: string[], env?: NodeJS.ProcessEnv}} task `doing`: "compiling"
 * @returns {Promise<void>} rejects with {@link Advice} and its last lines when it fails
 */
export async function runTask({ root, logs, signal }, { title, doing, command, args, env }) {
  if (signal?.aborted) throw new Interrupted();
  mkdirSync(logs, { recursive: true });
  const logFile = path.join(logs, `${title.toLowerCase()}.log`);
  const elapsed = stopwatch();
  say(title, `${doing} …`);
  const run = () => execute(command, args, { cwd: root, env, logFile, signal });
  const { code, tail } = await withReminder(title, doing, run);
  if (signal?.aborted) throw new Interrupted();
  if (code !== 0)
    throw new Advice(`${command} ${args.join(' ')} failed (${code}). Its last lines, from ${logFile}:\n${tail}`);
  say(title, `done (${elapsed()})`);
}

/** One command of this checkout at a time changes the code that all of them run. @param {Project} project @param {() => Promise<void>} work */
export function changeCode({ root }, work) {
  // Beside the code, wherever SERVICES_DIR points: it is one `dist` for all.
  return exclusively(path.join(root, '.services'), 'code', work);
}
