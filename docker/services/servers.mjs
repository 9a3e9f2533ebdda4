import { CATALOGUE } from '../servers/catalogue.mjs';
import { bringUp } from './bring-up.mjs';
import { exclusively } from './exclusive.mjs';
import { Instances, isRunning } from './instances.mjs';
import { deliver, isAlive } from './processes.mjs';
import { deletePrivate } from './private-instance.mjs';
import { reset, takeDown } from './take-down.mjs';
import { addressOf, probe, targetsFor } from './targets.mjs';
import { say } from './terminal.mjs';
import { Usage } from './usage.mjs';

/** The real servers of this checkout, as the commands see them. One command at a time changes anything. */
export class Servers {
  /** @param {import('./settings.mjs').Settings} settings @param {readonly string[]} names of kinds */
  constructor(settings, names) {
    this.targets = targetsFor(settings, names);
    this.instances = new Instances(settings.servicesDir);
    this.usage = new Usage(settings.servicesDir);
  }

  /** Brings up no others than these. @param {readonly string[]} names of kinds */
  limitTo(names) {
    this.targets = this.targets.filter(({ kind }) => names.includes(kind.name));
  }

  /** Brings them up to stay, until `stop`. */
  async up() {
    await this.#alone(() => bringUp(this.#ground(true, new AbortController().signal), this.targets));
  }

  /** Brings them up for this command, which has entered `usage`; pair it with {@link release}. @param {AbortSignal} signal gives up early */
  async borrow(signal) {
    await this.#alone(() => bringUp(this.#ground(false, signal), this.targets));
  }

  /** Ends what was started only for commands like this one, unless another such command still runs. */
  async release() {
    await this.#alone(async () => {
      if (this.usage.leave()) await takeDown(this.instances, this.#borrowed());
    });
  }

  /** {@link release} for somebody who does not want to wait: private servers are killed, which none of them loses data by. */
  abandon() {
    if (!this.usage.leave()) return;
    for (const instance of this.#borrowed()) {
      for (const own of instance.processes) if (isAlive(own)) deliver(-own.pid, 'SIGKILL');
    }
  }

  /** The settings that name the servers. */
  get variables() {
    return [...new Set(this.targets.map(({ kind }) => kind.variable))];
  }

  async stop() {
    await this.#alone(async () => {
      const running = this.#recorded().filter(isRunning);
      if (running.length === 0) say('Servers', 'none that this project started is running');
      await takeDown(this.instances, this.#recorded());
    });
  }

  async reset() {
    await this.#alone(async () => {
      await reset(this.instances, this.#recorded());
      for (const { id } of this.targets) deletePrivate(this.instances, id);
    });
  }

  /** @returns {Promise<string[]>} one line a server */
  async status() {
    return Promise.all(
      this.targets.map(async (target) => {
        const { answer, url } = await probe(target);
        const state = answer.is === 'wrong' ? answer.why : answer.is === 'up' ? 'answers' : answer.is;
        return [target.title, addressOf(target, url), state, this.#origin(target, url, answer.is !== 'silent')].join(
          '\t',
        );
      }),
    );
  }

  /** @param {import('./targets.mjs').Target} target @param {URL} url @param {boolean} answers */
  #origin(target, url, answers) {
    const own = this.instances.running(target.id, addressOf(target, url));
    if (!own) return answers ? "somebody else's, left alone" : 'not started';
    const until = own.keep ? 'until "services -- stop"' : 'until the command that uses it ends';
    if (own.by === 'compose') return `ours by Docker Compose, ${until}`;
    return `ours, pid ${own.processes.at(-1)?.pid}, since ${own.since.slice(0, 19)}Z, ${until}, in ${own.home}`;
  }

  #recorded() {
    return this.instances.all(this.targets.map(({ kind }) => kind.name));
  }

  /** Those of ours that go with the last command, also where only a command before it needed them. */
  #borrowed() {
    const all = this.instances.all(CATALOGUE.map(({ name }) => name));
    return all.filter((instance) => !instance.keep && isRunning(instance));
  }

  /** @param {boolean} keep @param {AbortSignal} signal @returns {import('./bring-up.mjs').Ground} */
  #ground(keep, signal) {
    return { instances: this.instances, keep, signal };
  }

  /** @param {() => Promise<void>} work */
  #alone(work) {
    return exclusively(this.instances.servicesDir, 'servers', work);
  }
}
