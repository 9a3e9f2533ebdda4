import { execFile, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ALL, CATALOGUE } from '../servers/catalogue.mjs';
import { serversOf } from '../servers/needed.mjs';
import { Command } from './command.mjs';
import { installDependencies } from './dependencies.mjs';

const LIST_MAX_BYTES = 10_000_000;
const JEST_GRACE_MS = 10_000;
const NODE_FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

/**
 * `npm test`: brings up the real servers that the chosen tests need, compiles, and hands over to jest with all arguments.
 *
 * @param {string[]} argv
 * @returns {Promise<number>} jest's exit code
 */
export function runTests(argv) {
  const command = new Command();
  const { servers, settings, project } = command;
  return command.run(async () => {
    await installDependencies(project);
    const program = fileURLToPath(import.meta.resolve('jest/bin/jest'));
    const names = await neededBy(program, argv, project.root);
    await command.prepare(names);
    const needed = CATALOGUE.filter(({ name }) => names.includes(name));
    const urls = Object.fromEntries(needed.map(({ variable }) => [variable, settings.need(variable)]));
    // In the terminal's own process group: jest draws on it, and Ctrl-C reaches it from there.
    const options = { cwd: project.root, env: { ...process.env, ...urls }, stdio: /** @type {const} */ ('inherit') };
    const jest = spawn(process.execPath, [...NODE_FLAGS, program, ...argv], options);
    servers.adopt('jest', Number(jest.pid), JEST_GRACE_MS);
    project.signal.addEventListener('abort', () => jest.kill('SIGINT'));
    return new Promise((resolve, reject) => {
      jest.once('error', reject);
      jest.once('exit', (code, name) => resolve(code ?? 128 + (name ? constants.signals[name] : 0)));
    });
  });
}

/**
 * The servers that the chosen test files declare. Jest itself says which files its arguments choose.
 *
 * @param {string} program jest's main file @param {readonly string[]} argv
 * @returns {Promise<readonly string[]>} all where every test runs, where the choice can change while jest watches, or where
 *   jest lists no files, because it refuses the arguments or only prints something
 */
async function neededBy(program, argv, root) {
  if (argv.length === 0 || argv.some((word) => word.startsWith('--watch'))) return ALL;
  const list = [...NODE_FLAGS, program, ...argv, '--listTests', '--json'];
  const run = promisify(execFile)(process.execPath, list, { cwd: root, maxBuffer: LIST_MAX_BYTES });
  const { stdout } = await run.catch(() => ({ stdout: '' }));
  const files = /^\[.*\]$/m.exec(stdout)?.[0];
  return files ? ALL.filter((name) => JSON.parse(files).flatMap(serversOf).includes(name)) : ALL;
}
