import path from 'node:path';
import { exclusively } from '../services/exclusive.mjs';
import { build } from './build.mjs';
import { installDependencies } from './dependencies.mjs';

/**
 * Where a command works: the project's folder, the folder for logs, and the signal that ends it early.
 *
 * @typedef {{root: string, logs: string, signal: AbortSignal}} Workshop
 */

/** Installs what is missing. @param {Workshop} workshop */
export const prepareDependencies = (workshop) => alone(workshop, installDependencies);

/** Compiles what has changed. @param {Workshop} workshop */
export const buildCode = (workshop) => alone(workshop, build);

/**
 * One command of this checkout at a time changes the code that all of them run.
 *
 * @param {Workshop} workshop @param {(workshop: Workshop) => Promise<void>} work
 */
function alone(workshop, work) {
  // Beside the code, wherever SERVICES_DIR points: it is one `dist` for all.
  return exclusively(path.join(workshop.root, '.services'), 'code', () => work(workshop));
}

/**
 * Waits for all; the first failure ends the others, and is thrown once they have ended.
 *
 * @param {AbortController} controller @param {Promise<void>[]} efforts
 */
export async function together(controller, efforts) {
  /** @type {unknown[]} */ const failures = [];
  await Promise.all(
    efforts.map((effort) =>
      effort.catch((error) => {
        failures.push(error);
        controller.abort();
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
