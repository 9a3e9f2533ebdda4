import { bringUp } from './bring-up.mjs';
import { exclusively } from './exclusive.mjs';
import { Instances, isRunning } from './instances.mjs';
import { reset, takeDown } from './take-down.mjs';
import { addressOf, probe, targetsFor } from './targets.mjs';
import { Usage } from './usage.mjs';

/** The real servers of this checkout, as the commands see them. One command at a time changes anything. */
export class Servers {
  /** @param {import('./settings.mjs').Settings} settings @param {readonly string[]} names of kinds */
  constructor(settings, names) {
    this.root = settings.root;
    this.targets = targetsFor(settings, names);
    this.instances = new Instances(settings.servicesDir);
    this.usage = new Usage(settings.servicesDir);
  }

  /** Brings them up to stay, until `stop`. */
  async up() {
    await this.#alone(() => bringUp(this.#ground(true, new AbortController().signal), this.targets));
  }

  /** Brings them up for this command; pair it with {@link release}. @param {AbortSignal} signal gives up early */
  async borrow(signal) {
    await this.#alone(async () => {
      this.usage.enter();
      await bringUp(this.#ground(false, signal), this.targets);
    });
  }

  /** Ends what was started only for commands like this one, unless another such command still runs. */
  async release() {
    await this.#alone(async () => {
      if (!this.usage.leave()) return;
      await takeDown(
        this,
        this.targets.filter(({ id }) => this.instances.read(id)?.keep === false),
      );
    });
  }

  async stop() {
    await this.#alone(() => takeDown(this, this.targets));
  }

  async reset() {
    await this.#alone(() => reset(this, this.targets));
  }

  /** @returns {Promise<string[]>} one line a server */
  async status() {
    return Promise.all(
      this.targets.map(async (target) => {
        const { answer, url } = await probe(target);
        const state = answer.is === 'wrong' ? answer.why : answer.is === 'up' ? 'answers' : answer.is;
        return [target.title, addressOf(target, url), state, this.#origin(target, answer.is !== 'silent')].join('\t');
      }),
    );
  }

  /** @param {import('./targets.mjs').Target} target @param {boolean} answers */
  #origin(target, answers) {
    const own = this.instances.read(target.id);
    if (!own || !isRunning(own)) return answers ? "somebody else's, left alone" : 'not started';
    const until = own.keep ? 'until "services -- stop"' : 'until the command that uses it ends';
    if (own.by === 'compose') return `ours by Docker Compose, ${until}`;
    return `ours, pid ${own.processes.at(-1)?.pid}, since ${own.since.slice(0, 19)}Z, ${until}, in ${own.home}`;
  }

  /** @param {boolean} keep @param {AbortSignal} signal @returns {import('./bring-up.mjs').Ground} */
  #ground(keep, signal) {
    return { root: this.root, instances: this.instances, keep, signal };
  }

  /** @param {() => Promise<void>} work */
  #alone(work) {
    return exclusively(this.instances.servicesDir, 'servers', work);
  }
}
