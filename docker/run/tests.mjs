import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FOR_TESTS, STANDARD } from '../servers/catalogue.mjs';
import { deliver } from '../services/processes.mjs';
import { Servers } from '../services/servers.mjs';
import { Settings } from '../services/settings.mjs';
import { interruption } from './interruption.mjs';
import { prepareCode, together } from './workshop.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const NODE_FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

/**
 * `npm test`: brings up the real servers, compiles, and hands over to jest with all arguments.
 *
 * @param {string[]} argv
 * @returns {Promise<number>} jest's exit code
 */
export async function runTests(argv) {
  const settings = new Settings(ROOT);
  const servers = new Servers(settings, [...STANDARD, ...FOR_TESTS]);
  const { root } = settings;
  const controller = new AbortController();
  const { signal } = controller;
  /** @type {(() => void)[]} */ const kills = [];
  void interruption(controller, () => {
    for (const kill of kills) kill();
    servers.abandon();
    process.exit(130);
  });
  await servers.usage.enter();
  try {
    const logs = path.join(settings.servicesDir, 'logs');
    await together(controller, [servers.borrow(signal), prepareCode({ root, logs, signal })]);
    const urls = Object.fromEntries(servers.variables.map((name) => [name, settings.need(name)]));
    // In the terminal's own process group: jest draws on it, and Ctrl-C reaches it from there.
    const program = fileURLToPath(import.meta.resolve('jest/bin/jest'));
    const jest = spawn(process.execPath, [...NODE_FLAGS, program, ...argv], {
      cwd: root,
      env: { ...process.env, ...urls },
      stdio: 'inherit',
    });
    if (jest.pid) servers.usage.adopt(jest.pid);
    signal.addEventListener('abort', () => jest.kill('SIGINT'));
    kills.push(() => jest.pid && deliver(jest.pid, 'SIGKILL'));
    return await new Promise((resolve, reject) => {
      jest.once('error', reject);
      jest.once('exit', (code, name) => resolve(code ?? 128 + (name ? constants.signals[name] : 0)));
    });
  } finally {
    await servers.release();
  }
}
