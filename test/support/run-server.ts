import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BUSY_MACHINE } from './busy-machine.js';
import { projectRoot } from './project-root.js';

const LIMIT_MS = 60_000;

/** Starts a built process that is expected to end by itself. Returns how it ended and what it said on standard error. */
export async function runServer(
  app: 'api' | 'worker',
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; stderr: string }> {
  const main = new URL(`dist/apps/${app}/src/main.js`, projectRoot).pathname;
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, LOG_LEVEL: 'warn', ...BUSY_MACHINE, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MS,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { code: child.exitCode, stderr };
}
