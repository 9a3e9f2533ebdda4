import { bringUp } from './bring-up.mjs';
import { composeRemove, composeStop } from './compose.mjs';
import { exclusively } from './exclusive.mjs';
import { Instances, isRunning, newInstance, otherUsers } from './instances.mjs';
import { deletePrivate, endPrivate } from './private-instance.mjs';
import { deliver, identify, isAlive } from './processes.mjs';
import { addressOf, probeTarget, targetsFor } from './targets.mjs';
import { Advice, say, stopwatch, withReminder } from './terminal.mjs';

/** @typedef {import('./instances.mjs').Instance} Instance */

/**
 * The real servers of this checkout, as the commands see them. One command at a time changes anything. A server that was
 * started for a command ends with the last command that uses it.
 */
export class Servers {
  /** @param {import('./settings.mjs').Settings} settings @param {readonly string[]} names of kinds */
  constructor(settings, names) {
    this.targets = targetsFor(settings, names);
    this.instances = new Instances(settings.servicesDir);
  }

  /** Brings up no others than these. @param {readonly string[]} names of kinds */
  limitTo(names) {
    this.targets = this.targets.filter(({ kind }) => names.includes(kind.name));
  }

  /** The settings that name the servers. */
  get variables() {
    return [...new Set(this.targets.map(({ kind }) => kind.variable))];
  }

  /** Brings them up to stay, until `stop`. */
  up() {
    const { signal } = new AbortController();
    return this.#alone(() => bringUp({ instances: this.instances, keep: true, signal }, this.targets));
  }

  /** Brings them up for this command; pair it with {@link release}. @param {AbortSignal} signal gives up early */
  borrow(signal) {
    return this.#alone(() => bringUp({ instances: this.instances, keep: false, signal }, this.targets));
  }

  /** Records a process that must not outlive this command. @param {string} name @param {number} pid @param {number} graceMs */
  adopt(name, pid, graceMs) {
    const what = { id: `${name}-${process.pid}`, kind: 'app', title: name, address: '', home: '' };
    const own = { ...identify(pid), signal: /** @type {const} */ ('SIGTERM'), graceMs };
    this.instances.write({ ...newInstance({ ...what, by: 'program' }, false), processes: [own] });
  }

  /** Ends the processes of commands that were killed. */
  endOrphans() {
    return this.#alone(() => this.#end(this.#unused().filter(({ kind }) => kind === 'app')));
  }

  /** The pids of the other commands that run a process. @returns {number[]} */
  others() {
    return this.instances
      .all()
      .filter(({ kind }) => kind === 'app')
      .flatMap(otherUsers);
  }

  /** Ends what was started only for commands like this one, and is used by no other. */
  release() {
    return this.#alone(async () => {
      await this.#end(this.#unused().filter(({ kind }) => kind === 'app'));
      await this.#end(this.#unused());
    });
  }

  /** {@link release} for somebody who does not want to wait: all is killed, which no server loses data by. */
  abandon() {
    for (const own of this.#unused().flatMap(({ processes }) => processes)) {
      // A process that shares our group is no leader of one.
      if (isAlive(own)) for (const pid of [-own.pid, own.pid]) deliver(pid, 'SIGKILL');
    }
  }

  stop() {
    return this.#alone(async () => {
      if (!this.#recorded().some(isRunning)) say('Servers', 'none that this project started is running');
      await this.#end(this.#recorded());
    });
  }

  /** Stops, then deletes what the servers have stored. */
  reset() {
    return this.#alone(async () => {
      await this.#end(this.#recorded());
      for (const instance of this.#recorded()) {
        const refusal = instance.by === 'compose' ? await composeRemove(instance) : null;
        if (refusal) throw new Advice(`${instance.title}: Docker Compose could not remove it: ${refusal}`);
        deletePrivate(this.instances, instance.id);
        say(instance.title, 'our own instance deleted, with its data');
      }
      for (const { id } of this.targets) deletePrivate(this.instances, id);
    });
  }

  /** @returns {Promise<string[]>} a line of columns for each server */
  status() {
    return Promise.all(
      this.targets.map(async (target) => {
        const { answer, url } = await probeTarget(target);
        const state = answer.is === 'wrong' ? answer.why : answer.is === 'up' ? 'answers' : answer.is;
        const address = addressOf(target, url);
        const origin = this.#origin(target.id, address, answer.is !== 'unreachable');
        return `${target.title.padEnd(12)} ${address.padEnd(22)} ${state.padEnd(10)} ${origin}`;
      }),
    );
  }

  #origin(id, address, answers) {
    const own = this.instances.running(id, address);
    if (!own) return answers ? "somebody else's, left alone" : 'not started';
    const until = own.keep ? 'until "services -- stop"' : 'until the command that uses it ends';
    if (own.by === 'compose') return `ours by Docker Compose, ${until}`;
    return `ours, pid ${own.processes.at(-1)?.pid}, since ${own.since.slice(0, 19)}Z, ${until}, in ${own.home}`;
  }

  async #end(chosen) {
    await Promise.all(
      chosen.map(async (instance) => {
        const wasRunning = isRunning(instance);
        const elapsed = stopwatch();
        const gracefully = await withReminder(instance.title, 'stopping', () => end(instance));
        if (instance.kind === 'app') deletePrivate(this.instances, instance.id);
        else this.instances.write({ ...instance, stopped: true, keep: false, users: [], processes: [] });
        if (wasRunning)
          say(instance.title, `${gracefully ? 'stopped' : 'did not stop by itself, killed'} (${elapsed()})`);
      }),
    );
  }

  #recorded() {
    return this.instances.all().filter((each) => this.targets.some(({ kind }) => kind.name === each.kind));
  }

  #unused() {
    return this.instances.all().filter((each) => !each.keep && !each.stopped && otherUsers(each).length === 0);
  }

  #alone(work) {
    return exclusively(this.instances.servicesDir, 'servers', work);
  }
}

/** @returns {Promise<boolean>} whether it went by itself */
async function end(instance) {
  if (instance.by === 'program') return endPrivate(instance);
  const refusal = instance.stopped ? null : await composeStop(instance);
  if (refusal) throw new Advice(`${instance.title}: Docker Compose could not stop it: ${refusal}`);
  return true;
}
