import path from 'node:path';
import { exclusively } from '../services/exclusive.mjs';
import { build } from './build.mjs';
import { installDependencies } from './dependencies.mjs';

/**
 * Where a command works: the project's folder, the folder for logs, and the signal that ends it early.
 *
 * @typedef {{root: string, logs: string, signal: AbortSignal}} Workshop
 */

/**
 * Installs and compiles what is missing, one command of this checkout at a time.
 *
 * @param {Workshop} workshop
 */
export function prepareCode(workshop) {
  // Beside the code, wherever SERVICES_DIR points: it is one `dist` for all.
  return exclusively(path.join(workshop.root, '.services'), 'code', async () => {
    await installDependencies(workshop);
    await build(workshop);
  });
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
