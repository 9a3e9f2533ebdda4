import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { loginOf, portOf } from '../servers/probe.mjs';
import { execute } from './execute.mjs';

const ENGINE_TIMEOUT_MS = 5_000;
const FILE = path.join(import.meta.dirname, '..', 'compose.yaml');

/** Whether an engine answers and the client knows Compose: a client alone starts nothing. */
export function composeWorks() {
  return [['info'], ['compose', 'version']].every(
    (args) => spawnSync('docker', args, { stdio: 'ignore', timeout: ENGINE_TIMEOUT_MS }).status === 0,
  );
}

/**
 * Starts the server and waits until its health check succeeds.
 *
 * @param {string} project @param {import('./targets.mjs').Target} target
 * @returns {Promise<string | null>} why it did not work, null when it did
 */
export function composeUp(project, { kind, home }) {
  const { user, password, name } = loginOf(kind, home);
  const prefix = kind.name.toUpperCase();
  return compose(project, ['up', '--detach', '--wait', '--quiet-pull', kind.name], {
    [`${prefix}_PORT`]: String(portOf(kind, home)),
    [`${prefix}_USER`]: user,
    [`${prefix}_PASSWORD`]: password,
    [`${prefix}_NAME`]: name,
  });
}

/** @param {import('./instances.mjs').Instance} instance @returns {Promise<string | null>} why it did not work */
export const composeStop = ({ home, kind }) => compose(home, ['stop', kind]);

/** Removes the container and its data. @param {import('./instances.mjs').Instance} instance */
export async function composeRemove({ home, kind }) {
  const refusal = await compose(home, ['rm', '--stop', '--force', kind]);
  if (!refusal) spawnSync('docker', ['volume', 'rm', '--force', `${home}_${kind}`], { stdio: 'ignore' });
  return refusal;
}

/** One project a services folder, and one more for each further server of a kind. @param {string} servicesDir @param {number} position */
export function projectName(servicesDir, position) {
  const mark = createHash('sha256').update(servicesDir).digest('hex').slice(0, 6);
  return `holdfast-${mark}${position > 1 ? `-${position}` : ''}`;
}

async function compose(project, words, environment = {}) {
  const args = ['compose', '--file', FILE, '--project-name', project, ...words];
  const { code, tail } = await execute('docker', args, { env: { ...process.env, ...environment } });
  return code === 0 ? null : (tail.split('\n').at(-1) ?? 'it failed');
}
