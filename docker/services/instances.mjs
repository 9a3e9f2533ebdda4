import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identify, isAlive } from './processes.mjs';

const ME = identify(process.pid);

/**
 * What this checkout has started, and, once `stopped`, has data of.
 *
 * @typedef {object} Instance
 * @property {string} id its folder: "redis", "redis-2", "api-4711" …
 * @property {string} kind "redis", or "app" for a process that uses the servers
 * @property {string} title for people
 * @property {'program' | 'compose'} by
 * @property {string} address where it listens
 * @property {string} since when it was started, RFC 3339
 * @property {boolean} keep set by `services -- up`: it outlives the commands that use it
 * @property {import('./processes.mjs').ProcessId[]} users the commands that use it
 * @property {boolean} stopped
 * @property {string} home folder of a private instance, or the project of Docker Compose
 * @property {(import('./processes.mjs').ProcessId & {signal: NodeJS.Signals, graceMs: number})[]} processes of a private
 *   instance in the order of their start, the server itself last
 */

/** The records of what we started, one file each: `<services>/<id>/instance.json`. */
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
    const file = path.join(this.folder(id), 'instance.json');
    return existsSync(file) ? { users: [], ...JSON.parse(readFileSync(file, 'utf8')) } : null;
  }

  /** The record, if its server still runs there. @param {string} id @param {string} address */
  running(id, address) {
    const instance = this.read(id);
    return isRunning(instance) && instance?.address === address ? instance : null;
  }

  /** All records, also of settings that have changed since. @returns {Instance[]} */
  all() {
    const names = existsSync(this.servicesDir) ? readdirSync(this.servicesDir) : [];
    return names.map((name) => this.read(name)).filter((instance) => instance !== null);
  }

  /** Replaced in one step: a `kill -9` in between leaves the old record. @param {Instance} instance */
  write(instance) {
    const file = path.join(this.folder(instance.id), 'instance.json');
    mkdirSync(this.folder(instance.id), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(instance, null, 2));
    renameSync(`${file}.${process.pid}`, file);
  }
}

/**
 * The record of a start by this command; its processes are added one by one.
 *
 * @param {Pick<Instance, 'id' | 'kind' | 'title' | 'by' | 'address' | 'home'>} what @param {boolean} keep
 * @param {Instance | null} earlier whose users go on with the new one @returns {Instance}
 */
export function newInstance(what, keep, earlier) {
  const started = { since: new Date().toISOString(), stopped: false, processes: [] };
  return withMe({ keep: false, users: [], ...earlier, ...what, ...started }, keep);
}

/** @param {Instance | null} instance whether the server itself (not a companion) still runs; Compose's is taken to */
export function isRunning(instance) {
  if (!instance || instance.stopped) return false;
  const server = instance.processes.at(-1);
  return instance.by === 'compose' || (server !== undefined && isAlive(server));
}

/** @param {Instance} instance @returns {number[]} pids of the other commands that use it */
export const otherUsers = ({ users }) =>
  users.filter((user) => user.pid !== ME.pid && isAlive(user)).map(({ pid }) => pid);

/** @param {Instance} instance @param {boolean} keep @returns {Instance} used by this command as well */
export const withMe = (instance, keep) => ({
  ...instance,
  keep: instance.keep || keep,
  users: [...instance.users.filter(({ pid }) => pid !== ME.pid), ME],
});
