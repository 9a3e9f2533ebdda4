import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive } from './processes.mjs';

/**
 * What this checkout has started for one server, and, once `stopped`, has data of.
 *
 * @typedef {object} Instance
 * @property {string} id "redis", "redis-2" …
 * @property {string} kind "redis"
 * @property {string} title for people
 * @property {'program' | 'compose'} by
 * @property {string} address where it listens
 * @property {string} since when it was started, RFC 3339
 * @property {boolean} keep set by `services -- up`: it outlives `npm start` and `npm test`
 * @property {boolean} stopped
 * @property {string} home folder of a private instance, or the project of Docker Compose
 * @property {(import('./processes.mjs').ProcessId & {signal: NodeJS.Signals, graceMs: number})[]} processes of a private
 *   instance in the order of their start, the server itself last
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
    const file = this.#file(id);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  }

  /** The record, if what it tells of still runs there. @param {string} id @param {string} address */
  running(id, address) {
    const instance = this.read(id);
    return isRunning(instance) && instance?.address === address ? instance : null;
  }

  /** @param {readonly string[]} kinds @returns {Instance[]} all that there are records of, also of settings that have changed since */
  all(kinds) {
    const names = existsSync(this.servicesDir) ? readdirSync(this.servicesDir) : [];
    const found = names.map((name) => this.read(name)).filter((instance) => instance !== null);
    return found.filter(({ kind }) => kinds.includes(kind));
  }

  /** Replaced in one step: a `kill -9` in between leaves the old record. @param {Instance} instance */
  write(instance) {
    mkdirSync(this.folder(instance.id), { recursive: true });
    const draft = `${this.#file(instance.id)}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(instance, null, 2));
    renameSync(draft, this.#file(instance.id));
  }

  /** @param {string} id */
  #file(id) {
    return path.join(this.folder(id), 'instance.json');
  }
}

/** @param {Instance | null} instance whether the server itself (not a companion) still runs; Compose's is taken to */
export function isRunning(instance) {
  if (!instance || instance.stopped) return false;
  const server = instance.processes.at(-1);
  return instance.by === 'compose' || (server !== undefined && isAlive(server));
}

/** The record of a start; its processes are added one by one. @param {import('./targets.mjs').Target} target @param {Pick<Instance, 'by' | 'address' | 'keep' | 'home'>} how @returns {Instance} */
export function newInstance({ id, title, kind }, how) {
  return { id, title, kind: kind.name, ...how, since: new Date().toISOString(), stopped: false, processes: [] };
}
