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
