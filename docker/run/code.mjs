import path from 'node:path';
import { exclusively } from '../services/exclusive.mjs';
import { build } from './build.mjs';
import { installDependencies } from './dependencies.mjs';

/** @typedef {import('./task.mjs').Project} Project */

/** Installs what is missing. @param {Project} project */
export const prepareDependencies = (project) => alone(project, installDependencies);

/** Compiles what has changed. @param {Project} project */
export const buildCode = (project) => alone(project, build);

/** One command of this checkout at a time changes the code that all of them run. */
function alone(project, work) {
  // Beside the code, wherever SERVICES_DIR points: it is one `dist` for all.
  return exclusively(path.join(project.root, '.services'), 'code', () => work(project));
}

/**
 * Waits for all; the first failure ends the others, and is thrown once they have ended.
 *
 * @param {AbortController} controller @param {Promise<void>[]} efforts
 */
export async function together(controller, efforts) {
  /** @type {unknown[]} */ const failures = [];
  const fail = (/** @type {unknown} */ error) => {
    failures.push(error);
    controller.abort();
  };
  await Promise.all(efforts.map((effort) => effort.catch(fail)));
  if (failures.length > 0) throw failures[0];
}
