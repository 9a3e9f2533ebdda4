import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loginOf } from '../servers/probe.mjs';
import { composeUp, composeWorks, projectName } from './compose.mjs';
import { explain, explainEnd, explainRemote } from './explain.mjs';
import { isRunning, newInstance, withMe } from './instances.mjs';
import { installAdvice, installPackages, installer } from './packages.mjs';
import { endPrivate, launchPrivate } from './private-instance.mjs';
import { addressOf, nameOf, probeTarget } from './targets.mjs';
import { Advice, Interrupted, say, stopwatch, withReminder } from './terminal.mjs';

const POLL_MS = 100;
/** A crashed PostgreSQL replays its log first, a RabbitMQ on a busy machine takes half a minute. */
const READY_LIMIT_MS = 120_000;

/** @typedef {import('./targets.mjs').Target} Target */

/**
 * @typedef {object} Context
 * @property {import('./instances.mjs').Instances} instances
 * @property {boolean} keep whether what is started outlives the command
 * @property {AbortSignal} signal gives up between two steps
 */

/**
 * Makes every target answer: what answers is used; then Docker Compose; then programs that are installed; then packages.
 * The caller holds the lock on the servers.
 *
 * @param {Context} context @param {readonly Target[]} targets
 * @returns {Promise<void>} rejects with one {@link Advice} that names everything that is wrong
 */
export async function bringUp(context, targets) {
  const absent = await unfinished(targets, (target) => findAnswering(context, target));
  if (absent.length === 0) return;
  const left = composeWorks() ? await startWithCompose(context, absent) : absent;
  const missing = left.filter(({ kind }) => !kind.findPrograms());
  const beginning = missing.length > 0 ? installer() : [];
  if (!beginning) throw new Advice(installAdvice(missing));
  const logFile = path.join(context.instances.servicesDir, 'packages.log');
  const ready = missing.length > 0 ? installPackages(beginning, missing, logFile) : Promise.resolve();
  await unfinished(left, async (target) => {
    if (missing.includes(target)) await ready;
    return startPrivate(context, target);
  });
}

/**
 * Runs a step for all at once, lets all of them finish, and puts every {@link Advice} into one message.
 *
 * @param {readonly Target[]} targets @param {(target: Target) => Promise<boolean>} step says whether it is done
 * @returns {Promise<Target[]>} those that are not done
 */
async function unfinished(targets, step) {
  const results = await Promise.allSettled(targets.map(step));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const unexpected = failures.find((failure) => !(failure instanceof Advice));
  if (unexpected) throw unexpected;
  if (failures.length > 0) throw new Advice([...new Set(failures.map(({ message }) => message))].join('\n\n'));
  return targets.filter((_, index) => !(/** @type {PromiseFulfilledResult<boolean>} */ (results[index]).value));
}

/** @returns {Promise<boolean>} false: it has to be started */
async function findAnswering(context, target) {
  const { instances, keep } = context;
  const { answer, url } = await probeTarget(target);
  const address = addressOf(target, url);
  const own = instances.running(target.id, address);
  if (hasToStart(target, url, answer, own !== null)) return false;
  if (answer.is !== 'up') await untilUp(context, target);
  say(target.title, `already answers at ${address}${own ? ' (started by this project)' : ''}`);
  if (own) instances.write(withMe(own, keep));
  return true;
}

function hasToStart(target, url, answer, isOurs) {
  if (answer.is === 'unreachable' && !target.local) throw new Advice(explainRemote(target, url, answer.why));
  if (answer.is !== 'wrong') return answer.is === 'unreachable';
  if (isOurs && answer.noAnswer) return true;
  if (isOurs && answer.lacks) return false;
  throw new Advice(explain(target, url, answer, isOurs));
}

/** One after the other: Compose changes a project's network one command at a time. @param {Context} context @param {readonly Target[]} targets @returns {Promise<Target[]>} those that it could not start */
async function startWithCompose(context, targets) {
  const { instances, keep } = context;
  const left = [];
  for (const target of targets.filter(isLocal)) {
    stopIfAsked(context);
    const elapsed = stopwatch();
    const home = projectName(instances.servicesDir, target.position);
    say(target.title, `starting with Docker Compose at ${addressOf(target, target.local)} …`);
    const refusal = await withReminder(target.title, 'starting', () => composeUp(home, target));
    if (refusal) {
      say(target.title, `Docker Compose could not start it: ${refusal}`);
      left.push(target);
      continue;
    }
    const what = { ...nameOf(target), by: /** @type {const} */ ('compose'), address: addressOf(target, target.local) };
    instances.write(newInstance({ ...what, home }, keep, instances.read(target.id)));
    await untilUp(context, target);
    say(target.title, `ready (${elapsed()})`);
  }
  return left;
}

/** @returns {Promise<boolean>} true: done */
async function startPrivate(context, target) {
  const { instances, keep } = context;
  stopIfAsked(context);
  const elapsed = stopwatch();
  const earlier = instances.read(target.id);
  if (earlier) {
    if (isRunning(earlier) && earlier.by === 'program')
      say(target.title, `does not answer at ${earlier.address}: ending it`);
    await endPrivate(earlier);
  }
  const programs = target.kind.findPrograms();
  if (!programs || !isLocal(target)) throw new Advice(installAdvice([target]));
  say(target.title, `starting a private instance at ${addressOf(target, target.local)} …`);
  await withReminder(target.title, 'starting', async () => {
    await launchPrivate(instances, target, { programs, keep, earlier });
    await untilUp(context, target);
  });
  say(target.title, `ready (${elapsed()})`);
  return true;
}

async function untilUp(context, target) {
  for (const end = Date.now() + READY_LIMIT_MS; ; await sleep(POLL_MS)) {
    stopIfAsked(context);
    const { answer, url } = await probeTarget(target);
    if (answer.is === 'up') return;
    const own = context.instances.read(target.id);
    if (answer.is === 'wrong' && answer.lacks && target.kind.prepare)
      await target.kind.prepare(url, loginOf(target.kind, url));
    else if (answer.is === 'wrong') throw new Advice(explain(target, url, answer, isRunning(own)));
    if (own?.stopped === false && !isRunning(own)) throw await explainEnd(target, own, 'ended while it was starting');
    if (Date.now() > end) throw await explainEnd(target, own, `was not ready within ${READY_LIMIT_MS / 1_000} s`);
  }
}

/** @param {Target} target @returns {target is Target & {local: URL}} */
const isLocal = (target) => target.local !== null;

function stopIfAsked({ signal }) {
  if (signal.aborted) throw new Interrupted();
}
