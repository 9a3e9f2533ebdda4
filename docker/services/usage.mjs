import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identify, isAlive } from './processes.mjs';

/**
 * Which commands (`npm start`, `npm test`) use the servers right now, one file a command. The last one to leave ends what
 * none of them wants kept; a command that was killed is recognised by its process and does not count.
 */
export class Usage {
  #mine;

  /** @param {string} servicesDir */
  constructor(servicesDir) {
    this.folder = path.join(servicesDir, 'users');
    this.#mine = path.join(this.folder, `${process.pid}.json`);
  }

  enter() {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.#mine, JSON.stringify(identify(process.pid)));
  }

  /** @returns {boolean} whether nobody is left */
  leave() {
    rmSync(this.#mine, { force: true });
    return this.others().length === 0;
  }

  /** @returns {number[]} pids */
  others() {
    mkdirSync(this.folder, { recursive: true });
    const users = readdirSync(this.folder).filter((name) => path.join(this.folder, name) !== this.#mine);
    return users.flatMap((name) => {
      const file = path.join(this.folder, name);
      const id = JSON.parse(readFileSync(file, 'utf8'));
      if (isAlive(id)) return [id.pid];
      rmSync(file, { force: true });
      return [];
    });
  }
}
