import { setTimeout as sleep } from 'node:timers/promises';
import { composeUp, composeWorks, projectName } from './compose.mjs';
import { isRunning } from './instances.mjs';
import { advice, installPackages, installer } from './packages.mjs';
import { endPrivate, lastWords, launchPrivate } from './private-instance.mjs';
import { addressOf, localUrl, nameOf, portOf, probe } from './targets.mjs';
import { Advice, Interrupted, say, stopwatch, withReminder } from './terminal.mjs';

const POLL_MS = 100;
/** A crashed PostgreSQL replays its log first, a RabbitMQ on a busy machine takes half a minute. */
const READY_LIMIT_MS = 120_000;

/**
 * @typedef {object} Ground
 * @property {import('./instances.mjs').Instances} instances
 * @property {boolean} keep whether what is started outlives the command
 * @property {AbortSignal} signal gives up between two steps
 */

/**
 * Makes every target answer: what answers is used; then Docker Compose; then programs that are installed; then packages.
 * The caller holds the lock on the servers.
 *
 * @param {Ground} ground @param {readonly import('./targets.mjs').Target[]} targets
 * @returns {Promise<void>} rejects with one {@link Advice} that names everything that is wrong
 */
export async function bringUp(ground, targets) {
  const silent = await collect(targets, (target) => findAnswering(ground, target));
  if (silent.length === 0) return;
  const left = composeWorks() ? await collect(silent, (target) => startWithCompose(ground, target)) : silent;
  const installed = left.filter(({ kind }) => kind.findPrograms());
  const missing = left.filter((target) => !installed.includes(target));
  const beginning = missing.length > 0 ? installer() : null;
  if (missing.length > 0 && !beginning) throw new Advice(advice(missing));
  await collect([...(missing.length > 0 ? [null] : []), ...installed], async (target) => {
    if (target) return startPrivate(ground, target);
    await install(ground, /** @type {string[]} */ (beginning), missing);
    await collect(missing, (each) => startPrivate(ground, each));
    return false;
  });
}

/**
 * Runs a step for all at once, lets all of them finish, and puts every {@link Advice} into one message.
 *
 * @template T
 * @param {readonly T[]} items @param {(item: T) => Promise<boolean>} step
 * @returns {Promise<T[]>} those for which the step said true: not done yet
 */
async function collect(items, step) {
  const results = await Promise.allSettled(items.map(step));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const unexpected = failures.find((failure) => !(failure instanceof Advice));
  if (unexpected) throw unexpected;
  if (failures.length > 0) throw new Advice(failures.map((failure) => failure.message).join('\n\n'));
  return items.filter((_, index) => /** @type {PromiseFulfilledResult<boolean>} */ (results[index]).value);
}

/** @param {Ground} ground @param {import('./targets.mjs').Target} target @returns {Promise<boolean>} whether it has to be started */
async function findAnswering(ground, target) {
  const { instances, keep } = ground;
  const { answer, url } = await probe(target);
  const own = instances.running(target.id, addressOf(target, url));
  if (hasToStart(target, url, answer, own !== null)) return true;
  if (answer.is !== 'up') await untilUp(ground, target);
  say(target.title, `already answers at ${addressOf(target, url)}${own ? ' (started by this project)' : ''}`);
  if (own && keep && !own.keep) instances.write({ ...own, keep });
  return false;
}

/**
 * @param {import('./targets.mjs').Target} target @param {URL} url
 * @param {import('../servers/answer.mjs').Answer} answer @param {boolean} isOurs
 */
function hasToStart(target, url, answer, isOurs) {
  if (answer.is === 'silent') {
    if (localUrl(target)) return true;
    throw new Advice(explainRemote(target, url, answer.why));
  }
  if (answer.is !== 'wrong') return false;
  if (isOurs && answer.mute) return true;
  if (isOurs && answer.missing) return false;
  throw new Advice(explain(target, url, answer, isOurs));
}

/** @param {Ground} ground @param {import('./targets.mjs').Target} target @returns {Promise<boolean>} whether something else has to be tried */
async function startWithCompose(ground, target) {
  const { instances, keep, signal } = ground;
  stopIfAsked(signal);
  const elapsed = stopwatch();
  const address = addressOf(target);
  say(target.title, `starting with Docker Compose on port ${portOf(target)} …`);
  const refusal = await withReminder(target.title, 'starting', () => composeUp(instances.servicesDir, target));
  if (refusal) {
    say(target.title, `Docker Compose could not start it: ${refusal}`);
    return true;
  }
  const since = new Date().toISOString();
  const home = projectName(instances.servicesDir, target.position);
  const stopped = false;
  instances.write({ ...nameOf(target), by: 'compose', address, since, keep, stopped, home, processes: [] });
  await untilUp(ground, target);
  say(target.title, `ready (${elapsed()})`);
  return false;
}

/** @param {Ground} ground @param {string[]} beginning @param {readonly import('./targets.mjs').Target[]} missing */
async function install(ground, beginning, missing) {
  const packages = [...new Set(missing.map(({ kind }) => kind.packages.apt))];
  const elapsed = stopwatch();
  say('Packages', `installing ${packages.join(', ')} with apt-get …`);
  await withReminder('Packages', 'installing', () =>
    installPackages(beginning, packages, ground.instances.servicesDir),
  );
  say('Packages', `installed (${elapsed()})`);
}

/** @param {Ground} ground @param {import('./targets.mjs').Target} target @returns {Promise<boolean>} false: done */
async function startPrivate(ground, target) {
  const { instances, keep, signal } = ground;
  stopIfAsked(signal);
  const elapsed = stopwatch();
  const url = /** @type {URL} */ (localUrl(target));
  const leftover = instances.read(target.id);
  if (leftover) {
    if (isRunning(leftover) && leftover.by === 'program')
      say(target.title, `does not answer at ${leftover.address}: ending it`);
    await endPrivate(leftover);
  }
  const programs = target.kind.findPrograms();
  if (!programs) throw new Advice(advice([target]));
  say(target.title, `starting a private instance on port ${portOf(target, url)} …`);
  await withReminder(target.title, 'starting', async () => {
    await launchPrivate(instances, target, { programs, keep: keep || (leftover?.keep ?? false) });
    await untilUp(ground, target);
  });
  say(target.title, `ready (${elapsed()})`);
  return false;
}

/** @param {Ground} ground @param {import('./targets.mjs').Target} target */
async function untilUp({ instances, signal }, target) {
  for (const end = Date.now() + READY_LIMIT_MS; ; await sleep(POLL_MS)) {
    stopIfAsked(signal);
    const { answer, url } = await probe(target);
    if (answer.is === 'up') return;
    const own = instances.read(target.id);
    if (answer.is === 'wrong' && answer.missing && target.kind.prepare) await target.kind.prepare(url);
    else if (answer.is === 'wrong') throw new Advice(explain(target, url, answer, isRunning(own)));
    if (own?.stopped === false && !isRunning(own))
      throw new Advice(failureOf(target, 'ended while it was starting', instances));
    if (Date.now() > end)
      throw new Advice(failureOf(target, `was not ready within ${READY_LIMIT_MS / 1_000} s`, instances));
  }
}

/** @param {AbortSignal} signal */
function stopIfAsked(signal) {
  if (signal.aborted) throw new Interrupted();
}

/** @param {import('./targets.mjs').Target} target @param {string} what @param {import('./instances.mjs').Instances} instances */
function failureOf(target, what, instances) {
  const folder = instances.folder(target.id);
  return `${target.title} ${what}. Its last lines, from ${folder}:\n${lastWords(folder)}`;
}

/**
 * @param {import('./targets.mjs').Target} target @param {URL} url
 * @param {import('../servers/answer.mjs').Answer & {is: 'wrong'}} answer @param {boolean} isOurs
 */
function explain(target, url, answer, isOurs) {
  const { variable, name } = target.kind;
  let remedy = `Set ${variable} (in .env or the environment) to what that server expects, or to a port that is free.`;
  if (answer.missing) remedy = `Create it there, or set ${variable} (in .env or the environment) to one that exists.`;
  if (isOurs) {
    remedy = `It was made with another ${variable}: set that again, or drop it with: npm run services -- reset ${name}`;
  }
  return `${variable}: ${addressOf(target, url)} ${answer.why}.\n  ${remedy}`;
}

/** @param {import('./targets.mjs').Target} target @param {URL} url @param {string} why */
function explainRemote(target, url, why) {
  const { variable, title } = target.kind;
  return [
    `${variable}: no ${title} answers at ${addressOf(target, url)} (${why}).`,
    `  Servers are started on this machine only: correct ${variable} (in .env or the environment), or start that one.`,
  ].join('\n');
}
