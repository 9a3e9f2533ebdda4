import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BUSY_MACHINE } from './busy-machine.js';
import { projectRoot } from './project-root.js';

const LIMIT_MS = 60_000;

/** Runs an operator's command of the built program. Returns what it printed. */
export async function runCli(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const cli = new URL('dist/apps/cli/src/main.js', projectRoot).pathname;
  const options = { env: { ...process.env, LOG_LEVEL: 'warn', ...BUSY_MACHINE, ...env }, timeout: LIMIT_MS };
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], options);
  return stdout;
}
