import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { localUrl } from './targets.mjs';

const ENGINE_TIMEOUT_MS = 5_000;
const FILE = path.join(import.meta.dirname, '..', 'compose.yaml');

/** Compose changes a project's network one command at a time. @type {Promise<unknown>} */
let turn = Promise.resolve();

/** Whether an engine answers and the client knows Compose: a client alone starts nothing. */
export function composeWorks() {
  return [['info'], ['compose', 'version']].every(
    (args) => spawnSync('docker', args, { stdio: 'ignore', timeout: ENGINE_TIMEOUT_MS }).status === 0,
  );
}

/**
 * Starts the server and waits until its health check is content.
 *
 * @param {string} servicesDir @param {import('./targets.mjs').Target} target
 * @returns {Promise<string | null>} why it did not work, null when it did
 */
export function composeUp(servicesDir, target) {
  const { kind, position } = target;
  const url = /** @type {URL} */ (localUrl(target));
  const words = ['up', '--detach', '--wait', '--quiet-pull', kind.name];
  return compose(projectName(servicesDir, position), words, kind.composeEnvironment(url));
}

/** @param {import('./instances.mjs').Instance} instance @returns {Promise<string | null>} why it did not work */
export const composeStop = ({ home, kind }) => compose(home, ['stop', kind]);

/** Removes the container and its data. @param {import('./instances.mjs').Instance} instance */
export async function composeRemove({ home, kind }) {
  const refusal = await compose(home, ['rm', '--stop', '--force', kind]);
  if (refusal) return refusal;
  spawnSync('docker', ['volume', 'rm', '--force', `${home}_${kind}`], { stdio: 'ignore' });
  return null;
}

/** One project a services folder, and one more for each further server of a kind. @param {string} servicesDir @param {number} position */
export function projectName(servicesDir, position) {
  const mark = createHash('sha256').update(servicesDir).digest('hex').slice(0, 6);
  return `holdfast-${mark}${position > 1 ? `-${position}` : ''}`;
}

/**
 * @param {string} project @param {string[]} words @param {Record<string, string>} [environment]
 * @returns {Promise<string | null>}
 */
function compose(project, words, environment = {}) {
  const args = ['compose', '--file', FILE, '--project-name', project, ...words];
  const env = { ...process.env, ...environment };
  const mine = turn.then(
    () =>
      new Promise((resolve) => {
        const child = spawn('docker', args, { env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
        let complaint = '';
        child.stderr.on('data', (text) => (complaint = `${complaint}${text}`.slice(-4_000)));
        child.once('error', (error) => resolve(error.message));
        child.once('close', (code) =>
          resolve(code === 0 ? null : (complaint.trim().split('\n').at(-1) ?? 'it failed')),
        );
      }),
  );
  turn = mine;
  return mine;
}
