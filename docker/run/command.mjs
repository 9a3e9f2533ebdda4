import path from 'node:path';
import { Servers } from '../services/servers.mjs';
import { Settings } from '../services/settings.mjs';
import { build } from './build.mjs';
import { signals } from './signals.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** A command that uses servers for as long as it runs: `npm start` and `npm test`. */
export class Command {
  #controller = new AbortController();

  constructor() {
    this.settings = new Settings(ROOT);
    this.servers = new Servers(this.settings);
    /** @type {import('../services/task.mjs').Project & {signal: AbortSignal}} */
    this.project = { root: ROOT, logs: this.settings.logs, signal: this.#controller.signal };
    /** Resolves with the first Ctrl-C; a later one ends everything at once. */
    this.interrupted = signals(this.#controller, () => {
      this.servers.abandon();
      process.exit(130);
    });
  }

  /** Does the work, then ends what was started for it. @param {() => Promise<number>} work @returns {Promise<number>} exit code */
  async run(work) {
    await this.servers.endOrphans();
    try {
      return await work();
    } finally {
      await this.servers.release();
    }
  }

  /** Brings up servers and compiles. The first failure ends the other, and is thrown once that has ended. @param {readonly string[]} names */
  async prepare(names) {
    /** @type {unknown[]} */ const failures = [];
    const fail = (/** @type {unknown} */ error) => {
      failures.push(error);
      this.#controller.abort();
    };
    const steps = [this.servers.up(names, this.project.signal), build(this.project)];
    await Promise.all(steps.map((step) => step.catch(fail)));
    if (failures.length > 0) throw failures[0];
  }
}
