import { composeRemove, composeStop } from './compose.mjs';
import { isRunning } from './instances.mjs';
import { deletePrivate, endPrivate } from './private-instance.mjs';
import { Advice, say, stopwatch, withReminder } from './terminal.mjs';

/**
 * Ends servers that this project started. The caller holds the lock on the servers.
 *
 * @param {import('./instances.mjs').Instances} instances
 * @param {readonly import('./instances.mjs').Instance[]} chosen
 */
export async function takeDown(instances, chosen) {
  await Promise.all(
    chosen.map(async (instance) => {
      const wasRunning = isRunning(instance);
      const elapsed = stopwatch();
      const gracefully = await withReminder(instance.title, 'stopping', () => end(instance));
      instances.write({ ...instance, stopped: true, keep: false, processes: [] });
      if (wasRunning)
        say(instance.title, `${gracefully ? 'stopped' : 'did not stop by itself, killed'} (${elapsed()})`);
    }),
  );
}

/**
 * Stops, then deletes what the servers have stored.
 *
 * @param {import('./instances.mjs').Instances} instances
 * @param {readonly import('./instances.mjs').Instance[]} chosen
 */
export async function reset(instances, chosen) {
  await takeDown(instances, chosen);
  for (const instance of chosen) {
    const refusal = instance.by === 'compose' ? await composeRemove(instance) : null;
    if (refusal) throw new Advice(`${instance.title}: Docker Compose could not remove it: ${refusal}`);
    deletePrivate(instances, instance.id);
    say(instance.title, 'our own instance deleted, with its data');
  }
}

/** @param {import('./instances.mjs').Instance} instance @returns {Promise<boolean>} whether it went by itself */
async function end(instance) {
  if (instance.by === 'program') return endPrivate(instance);
  if (instance.stopped) return true;
  const refusal = await composeStop(instance);
  if (refusal) throw new Advice(`${instance.title}: Docker Compose could not stop it: ${refusal}`);
  return true;
}
