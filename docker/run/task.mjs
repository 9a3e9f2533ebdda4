import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { deliver } from '../services/processes.mjs';
import { Advice, Interrupted, say, stopwatch, withReminder } from '../services/terminal.mjs';

const LINES_SHOWN = 30;

/**
 * One step of a command that runs a program to its end.
 *
 * @typedef {object} Task
 * @property {string} title
 * @property {string} doing e.g. "compiling"
 * @property {string} command @property {string[]} args
 * @property {string} root the working directory
 * @property {string} logs folder for its output
 * @property {NodeJS.ProcessEnv} [env]
 * @property {AbortSignal} signal ends it
 */

/**
 * @param {Task} task
 * @returns {Promise<void>} rejects with {@link Advice} and its last lines when it fails
 */
export async function runTask({ title, doing, command, args, root, logs, env = process.env, signal }) {
  if (signal.aborted) throw new Interrupted();
  mkdirSync(logs, { recursive: true });
  const file = path.join(logs, `${title.toLowerCase()}.log`);
  const elapsed = stopwatch();
  say(title, `${doing} …`);
  // A group of its own: Ctrl-C reaches it once, from us, and its children with it.
  const child = spawn(command, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = () => child.pid && deliver(-child.pid, 'SIGTERM');
  signal.addEventListener('abort', end);
  const log = createWriteStream(file);
  /** @type {string[]} */ let tail = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => {
      log.write(bytes);
      tail = `${tail.join('\n')}${bytes}`.split('\n').slice(-LINES_SHOWN);
    });
  }
  const ended = new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  const code = await withReminder(title, doing, () => ended);
  signal.removeEventListener('abort', end);
  log.end();
  if (signal.aborted) throw new Interrupted();
  if (code !== 0)
    throw new Advice(
      `${command} ${args.join(' ')} failed (${code}). Its last lines, from ${file}:\n${tail.join('\n')}`,
    );
  say(title, `done (${elapsed()})`);
}
