import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { bareEnvironment } from './programs.mjs';

const BYTES_MAX = 5_000_000;
const TAIL_LINES = 15;
const WRITER = readFileSync(path.join(import.meta.dirname, 'log-writer.sh'), 'utf8');

/**
 * Starts the process that writes a program's output to a file, of at most 5 MB, and keeps the full file before it as
 * `….previous`. It outlives the command that starts it, and ends with its input.
 *
 * @param {string} file an existing one becomes the previous one, for it may tell of a crash
 * @param {import('./account.mjs').Account} [account] of the writer
 */
export function startLogWriter(file, account = null) {
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true });
  if (existsSync(file)) renameSync(file, `${file}.previous`);
  // Its text, not its file: the server's account may not be able to enter the checkout.
  const env = { ...bareEnvironment(folder), LC_ALL: 'C' };
  const args = ['-c', WRITER, 'log-writer', file, String(BYTES_MAX)];
  return spawn('/bin/sh', args, { cwd: folder, env, detached: true, stdio: ['pipe', 'ignore', 'ignore'], ...account });
}

/** All that a server has printed since its start. @param {string} home */
export const exitLog = (home) => (existsSync(serverLog(home)) ? readFileSync(serverLog(home), 'utf8') : '');

/** The last lines that a server wrote: to its newest own log file, then to its output. @param {string} home */
export function stderrTail(home) {
  const folder = path.join(home, 'log');
  const files = existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
  const own = files.filter((file) => file.endsWith('.log') && file !== serverLog(home));
  const [newest] = own.toSorted((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
  const texts = [newest ? readFileSync(newest, 'utf8') : '', exitLog(home)];
  return texts
    .flatMap((text) => text.trim().split('\n').slice(-TAIL_LINES))
    .join('\n')
    .trim();
}

/** Where its output goes. @param {string} home of a server */
export const serverLog = (home) => path.join(home, 'log', 'server.log');
