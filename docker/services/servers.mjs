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
  /** @param {import('./settings.mjs').Settings} settings */
  constructor(settings) {
    this.settings = settings;
    this.instances = new Instances(settings.servicesDir);
  }

  /**
   * Brings them up.
   *
   * @param {readonly string[]} names of kinds @param {AbortSignal} [signal] gives up early; with it they are for this command
   *   only, which calls {@link release} at its end. Otherwise they stay until `stop`
   */
  up(names, signal) {
    const { instances, settings } = this;
    const keep = signal === undefined;
    const context = { instances, logs: settings.logs, keep, signal: signal ?? new AbortController().signal };
    return this.#alone(() => bringUp(context, targetsFor(settings, names)));
  }

  /** Records a process that must not outlive this command. @param {string} name @param {number} pid @param {number} graceMs */
  adopt(name, pid, graceMs) {
    const id = `${name}-${process.pid}`;
    const what = { id, kind: 'app', title: name, by: /** @type {const} */ ('program'), address: '', home: '' };
    const own = { ...identify(pid), signal: /** @type {const} */ ('SIGTERM'), graceMs };
    this.instances.write({ ...newInstance(what, false, null), processes: [own] });
  }

  /** Ends the processes of commands that were killed. */
  endOrphans() {
    return this.#alone(() => this.#endApps());
  }

  /** Ends what was started only for commands like this one, and is used by no other. */
  release() {
    return this.#alone(async () => {
      await this.#endApps();
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

  /** @param {readonly string[]} names of kinds */
  stop(names) {
    return this.#alone(async () => {
      const recorded = this.#recorded(names);
      if (!recorded.some(isRunning)) say('Servers', 'none that this project started is running');
      await this.#end(recorded);
    });
  }

  /** Stops, then deletes what the servers have stored. @param {readonly string[]} names of kinds */
  reset(names) {
    return this.#alone(async () => {
      await this.#end(this.#recorded(names));
      for (const instance of this.#recorded(names)) {
        const refusal = instance.by === 'compose' ? await composeRemove(instance) : null;
        if (refusal) throw new Advice(`${instance.title}: Docker Compose could not remove it: ${refusal}`);
        deletePrivate(this.instances, instance.id);
        say(instance.title, 'our own instance deleted, with its data');
      }
      for (const { id } of targetsFor(this.settings, names)) deletePrivate(this.instances, id);
    });
  }

  /** Prints a line of columns for each server. @param {readonly string[]} names of kinds */
  async status(names) {
    const lines = targetsFor(this.settings, names).map(async (target) => {
      const { answer, url } = await probeTarget(target);
      const state = answer.is === 'wrong' ? answer.why : answer.is === 'up' ? 'answers' : answer.is;
      const address = addressOf(target, url);
      const origin = this.#origin(target.id, address, answer.is !== 'unreachable');
      return `${target.title.padEnd(12)} ${address.padEnd(22)} ${state.padEnd(10)} ${origin}\n`;
    });
    process.stdout.write((await Promise.all(lines)).join(''));
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

  #endApps() {
    return this.#end(this.#unused().filter(({ kind }) => kind === 'app'));
  }

  #recorded(names) {
    return this.instances.all().filter(({ kind }) => names.includes(kind));
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
