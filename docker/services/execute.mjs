import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { deliver } from './processes.mjs';

const TAIL_CHARACTERS = 4_000;
const TAIL_LINES = 30;

/**
 * Runs a program to its end, in a process group of its own: Ctrl-C in the terminal does not reach it, only `signal` does.
 *
 * @param {string} file @param {readonly string[]} args
 * @param {{cwd?: string | undefined, env?: NodeJS.ProcessEnv | undefined, account?: import('./account.mjs').Account, logFile?: string,
 *   signal?: AbortSignal | undefined}} [options] `logFile` gets the whole output, `signal` ends the program with its children
 * @returns {Promise<{code: number | null, tail: string}>} `tail`: its last lines; rejects where there is no such program
 */
export async function execute(file, args, { cwd, env = process.env, account, logFile, signal } = {}) {
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...account });
  const end = () => child.pid && deliver(-child.pid, 'SIGTERM');
  signal?.addEventListener('abort', end);
  const log = logFile ? createWriteStream(logFile) : null;
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => {
      log?.write(bytes);
      tail = `${tail}${bytes}`.slice(-TAIL_CHARACTERS);
    });
  }
  try {
    const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
    return { code, tail: tail.trim().split('\n').slice(-TAIL_LINES).join('\n') };
  } finally {
    signal?.removeEventListener('abort', end);
    log?.end();
  }
}
