import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ifThere } from './exclusive.mjs';
import { identify, isAlive, stopProcess } from './processes.mjs';
import { say } from './terminal.mjs';

/**
 * A command that uses the servers, and the processes that must not outlive it.
 *
 * @typedef {import('./processes.mjs').ProcessId & {children: import('./processes.mjs').ProcessId[]}} User
 */

/**
 * Which commands (`npm start`, `npm test`) use the servers right now, one file a command. The last one to leave ends the
 * servers that none of them wants kept. A command that was killed does not count, and what it left running is ended.
 */
export class Usage {
  /** @type {User} */ #me = { ...identify(process.pid), children: [] };
  #mine;

  /** @param {string} servicesDir */
  constructor(servicesDir) {
    this.folder = path.join(servicesDir, 'users');
    this.#mine = path.join(this.folder, `${process.pid}.json`);
  }

  /** Joins, and cleans up after those that were killed. */
  async enter() {
    this.#write();
    for (const { file, user } of this.#read().filter((each) => !isAlive(each.user))) {
      for (const child of user.children.filter(isAlive)) {
        say('Cleaning up', `pid ${child.pid}, left behind by a command that was killed`);
        await stopProcess(child, { signal: 'SIGTERM', graceMs: 10_000 });
      }
      rmSync(file, { force: true });
    }
  }

  /** @param {number} pid of a process that must not outlive this command */
  adopt(pid) {
    this.#me.children.push(identify(pid));
    this.#write();
  }

  /** @returns {boolean} whether nobody is left */
  leave() {
    rmSync(this.#mine, { force: true });
    return this.others().length === 0;
  }

  /** @returns {number[]} pids of the other commands */
  others() {
    return this.#read().flatMap(({ user }) => (isAlive(user) ? [user.pid] : []));
  }

  #write() {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(`${this.#mine}.draft`, JSON.stringify(this.#me));
    renameSync(`${this.#mine}.draft`, this.#mine);
  }

  /** @returns {{file: string, user: User}[]} everybody but this command */
  #read() {
    const files = (ifThere(() => readdirSync(this.folder)) ?? []).map((name) => path.join(this.folder, name));
    return files
      .filter((file) => file.endsWith('.json') && file !== this.#mine)
      .flatMap((file) => {
        const text = ifThere(() => readFileSync(file, 'utf8'));
        return text === null ? [] : [{ file, user: JSON.parse(text) }];
      });
  }
}
