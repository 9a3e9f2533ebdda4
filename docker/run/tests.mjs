import { execFile, spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ALL } from '../servers/catalogue.mjs';
import { serversOf } from '../servers/needed.mjs';
import { deliver } from '../services/processes.mjs';
import { Servers } from '../services/servers.mjs';
import { Settings } from '../services/settings.mjs';
import { buildCode, prepareDependencies, together } from './code.mjs';
import { signals } from './signals.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const LIST_MAX_BYTES = 10_000_000;
const NODE_FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

/**
 * `npm test`: brings up the real servers that the chosen tests need, compiles, and hands over to jest with all arguments.
 *
 * @param {string[]} argv
 * @returns {Promise<number>} jest's exit code
 */
export async function runTests(argv) {
  const settings = new Settings(ROOT);
  const servers = new Servers(settings, ALL);
  const controller = new AbortController();
  const { signal } = controller;
  const project = { root: ROOT, logs: settings.logs, signal };
  /** @type {number[]} */ const pids = [];
  void signals(controller, () => {
    for (const pid of pids) deliver(pid, 'SIGKILL');
    servers.abandon();
    process.exit(130);
  });
  await servers.endOrphans();
  try {
    await prepareDependencies(project);
    const program = fileURLToPath(import.meta.resolve('jest/bin/jest'));
    servers.limitTo(await neededBy(program, argv));
    await together(controller, [servers.borrow(signal), buildCode(project)]);
    const urls = Object.fromEntries(servers.variables.map((name) => [name, settings.need(name)]));
    // In the terminal's own process group: jest draws on it, and Ctrl-C reaches it from there.
    const env = { ...process.env, ...urls };
    const jest = spawn(process.execPath, [...NODE_FLAGS, program, ...argv], { cwd: ROOT, env, stdio: 'inherit' });
    pids.push(Number(jest.pid));
    servers.adopt('jest', Number(jest.pid));
    signal.addEventListener('abort', () => jest.kill('SIGINT'));
    return await new Promise((resolve, reject) => {
      jest.once('error', reject);
      jest.once('exit', (code, name) => resolve(code ?? 128 + (name ? constants.signals[name] : 0)));
    });
  } finally {
    await servers.release();
  }
}

/**
 * The servers that the chosen test files declare. Jest itself says which files its arguments choose.
 *
 * @param {string} program jest's main file @param {readonly string[]} argv
 * @returns {Promise<readonly string[]>} all where every test runs, where the choice can change while jest watches, or where
 *   jest lists no files, because it refuses the arguments or only prints something
 */
async function neededBy(program, argv) {
  if (argv.length === 0 || argv.some((word) => word.startsWith('--watch'))) return ALL;
  const list = [...NODE_FLAGS, program, ...argv, '--listTests', '--json'];
  const run = promisify(execFile)(process.execPath, list, { cwd: ROOT, maxBuffer: LIST_MAX_BYTES });
  const { stdout } = await run.catch(() => ({ stdout: '' }));
  const files = /^\[.*\]$/m.exec(stdout)?.[0];
  return files ? ALL.filter((name) => JSON.parse(files).flatMap(serversOf).includes(name)) : ALL;
}
