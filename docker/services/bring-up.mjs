import { setTimeout as sleep } from 'node:timers/promises';
import { loginOf } from '../servers/probe.mjs';
import { composeUp, composeWorks, projectName } from './compose.mjs';
import { explain, explainEnd, explainRemote } from './explain.mjs';
import { isRunning, newInstance, withMe } from './instances.mjs';
import { installAdvice, installPackages } from './packages.mjs';
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
 * @property {string} logs folder
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
  const absent = await unfinished(targets, (target) => useAnswering(context, target));
  if (absent.length === 0) return;
  const left = composeWorks() ? await startWithCompose(context, absent) : absent;
  const missing = left.filter(({ kind }) => !kind.findPrograms());
  if (missing.length > 0) await installPackages(missing, context);
  await unfinished(left, (target) => startPrivate(context, target));
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
async function useAnswering(context, target) {
  const { instances, keep } = context;
  const { answer, url } = await probeTarget(target);
  const address = addressOf(target, url);
  const own = instances.running(target.id, address);
  if (answer.is === 'unreachable') {
    if (target.isLocal) return false;
    throw new Advice(explainRemote(target, url, answer.why));
  }
  if (answer.is === 'wrong') {
    if (own && answer.noAnswer) return false;
    if (!own || !answer.lacks) throw new Advice(explain(target, url, answer, own !== null));
  }
  if (answer.is !== 'up') await untilUp(context, target);
  say(target.title, `already answers at ${address}${own ? ' (started by this project)' : ''}`);
  if (own) instances.write(withMe(own, keep));
  return true;
}

/**
 * One after the other: Compose changes a project's network one command at a time.
 *
 * @param {Context} context @param {readonly Target[]} targets @returns {Promise<Target[]>} those that it could not start
 */
async function startWithCompose(context, targets) {
  const left = [];
  for (const target of targets) {
    const home = projectName(context.instances.servicesDir, target.position);
    await start(context, target, 'with Docker Compose', async (earlier) => {
      const refusal = await composeUp(home, target);
      if (!refusal)
        context.instances.write(newInstance({ ...nameOf(target), by: 'compose', home }, context.keep, earlier));
      else left.push(target);
      return refusal;
    });
  }
  return left;
}

/** @returns {Promise<true>} */
async function startPrivate(context, target) {
  await start(context, target, 'a private instance', async (earlier) => {
    if (earlier && isRunning(earlier) && earlier.by === 'program')
      say(target.title, `does not answer at ${earlier.address}: ending it`);
    if (earlier) await endPrivate(earlier);
    const programs = target.kind.findPrograms();
    if (!programs) throw new Advice(installAdvice([target]));
    await launchPrivate(context.instances, target, { programs, keep: context.keep, earlier });
    return null;
  });
  return true;
}

/**
 * Launches it, waits until it answers, and says so.
 *
 * @param {Context} context @param {Target} target @param {string} how
 * @param {(earlier: import('./instances.mjs').Instance | null) => Promise<string | null>} launch resolves with why it could not
 */
async function start(context, target, how, launch) {
  stopIfAsked(context);
  const elapsed = stopwatch();
  say(target.title, `starting ${how} at ${addressOf(target, target.home)} …`);
  const refusal = await withReminder(target.title, 'starting', async () => {
    const why = await launch(context.instances.read(target.id));
    if (!why) await untilUp(context, target);
    return why;
  });
  say(target.title, refusal ? `could not be started ${how}: ${refusal}` : `ready (${elapsed()})`);
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

function stopIfAsked({ signal }) {
  if (signal.aborted) throw new Interrupted();
}
