import { composeRemove, composeStop } from './compose.mjs';
import { deletePrivate, endPrivate } from './private-instance.mjs';
import { Advice, say, stopwatch, withReminder } from './terminal.mjs';

/**
 * Ends the servers that this project started; everybody else's are left alone. The caller holds the lock on the servers.
 *
 * @param {{root: string, instances: import('./instances.mjs').Instances}} ground
 * @param {readonly import('./targets.mjs').Target[]} targets
 */
export async function takeDown({ root, instances }, targets) {
  await Promise.all(
    targets.map(async (target) => {
      const instance = instances.read(target.id);
      if (!instance) return;
      const elapsed = stopwatch();
      const gracefully = await withReminder(target.title, 'stopping', async () => {
        if (instance.by === 'program') return endPrivate(instance);
        const refusal = await composeStop(root, target);
        if (refusal) throw new Advice(`${target.title}: Docker Compose could not stop it: ${refusal}`);
        return true;
      });
      instances.forget(target.id);
      say(target.title, `${gracefully ? 'stopped' : 'did not stop by itself, killed'} (${elapsed()})`);
    }),
  );
}

/**
 * Stops, then deletes what the project's own instances stored.
 *
 * @param {{root: string, instances: import('./instances.mjs').Instances}} ground
 * @param {readonly import('./targets.mjs').Target[]} targets
 */
export async function reset(ground, targets) {
  for (const target of targets) {
    const byCompose = ground.instances.read(target.id)?.by === 'compose';
    await takeDown(ground, [target]);
    const refusal = byCompose ? await composeRemove(ground.root, target) : null;
    if (refusal) throw new Advice(`${target.title}: Docker Compose could not remove it: ${refusal}`);
    deletePrivate(ground.instances, target.id);
    say(target.title, 'data of our own instance deleted');
  }
}
