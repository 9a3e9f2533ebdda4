import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive } from './processes.mjs';

/**
 * One process of a private instance, with the way to end it.
 *
 * @typedef {{name: string, pid: number, birth: string, signal: NodeJS.Signals, graceMs: number}} OwnProcess
 */

/**
 * What this checkout has started for one server. `processes` are in the order of their start, the server itself last; they
 * are empty where Docker Compose runs it. `keep` is set by `services -- up`: such a server outlives `npm start` and `npm test`.
 *
 * @typedef {{id: string, kind: string, by: 'program' | 'compose', address: string, since: string, keep: boolean,
 *   home: string, processes: OwnProcess[]}} Instance
 */

/** The records of what we started, one file a server: `<services>/<id>/instance.json`. */
export class Instances {
  /** @param {string} servicesDir */
  constructor(servicesDir) {
    this.servicesDir = servicesDir;
  }

  /** @param {string} id */
  folder(id) {
    return path.join(this.servicesDir, id);
  }

  /** @param {string} id @returns {Instance | null} */
  read(id) {
    try {
      return JSON.parse(readFileSync(this.#file(id), 'utf8'));
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Replaced in one step: a `kill -9` in between leaves the old record. @param {Instance} instance */
  write(instance) {
    mkdirSync(this.folder(instance.id), { recursive: true });
    const draft = `${this.#file(instance.id)}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(instance, null, 2));
    renameSync(draft, this.#file(instance.id));
  }

  /** @param {string} id */
  forget(id) {
    rmSync(this.#file(id), { force: true });
  }

  /** @param {string} id */
  #file(id) {
    return path.join(this.folder(id), 'instance.json');
  }
}

/** @param {Instance | null} instance whether the server itself (not a companion) still runs; Compose's are taken to */
export function isRunning(instance) {
  if (!instance) return false;
  const server = instance.processes.at(-1);
  return instance.by === 'compose' || (server !== undefined && isAlive(server));
}
