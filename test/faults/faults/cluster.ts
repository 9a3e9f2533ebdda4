import type { RabbitmqCluster } from '../../support/rabbitmq-cluster.js';
import type { Fault, Trial } from '../trial.js';

const QUEUES = ['order.payment-captured', 'inventory.order-confirmed'];
const ROUNDS = 3;

export const leaderKilled = (cluster: RabbitmqCluster): Fault => ({
  name: 'three nodes: the one that leads a queue is killed',
  shop: { workers: 2 },
  async happen(trial) {
    await trial.rounds(ROUNDS, async (buyers, round) => {
      await buyers.reaches(0.3);
      const leader = await cluster.leaderOf(`${trial.shop.namespace}.${QUEUES[round % QUEUES.length]}`);
      await leader.kill();
      trial.recovers();
      await buyers.done;
      await leader.start();
    });
    await trial.settle();
    trial.remarks.push(`${ROUNDS} kills, an event waited ${await longestWait(trial)} ms at most`);
  },
});

export const twoKilled = (cluster: RabbitmqCluster): Fault => ({
  name: 'three nodes: two are killed, orders are taken all the same',
  async happen(trial) {
    const [one, two] = [cluster.nodes[0]!, cluster.nodes[1]!];
    await trial.during(async (buyers) => {
      await buyers.reaches(0.2);
      await Promise.all([one.kill(), two.kill()]);
      await buyers.done;
      const waiting = await trial.counts.waiting();
      trial.remarks.push(`${waiting} events waited`);
      trial.expect(waiting > 0, 'nothing had to wait');
      await Promise.all([one.start(), two.start()]);
    });
    trial.recovers();
  },
});

/** From the statement of an event until the broker had it, at the worst, in milliseconds. */
async function longestWait(trial: Trial): Promise<number> {
  const { rows } = await trial.shop.db.query<{ ms: number }>(
    'SELECT round(1000 * max(extract(epoch FROM published_at - occurred_at)))::int AS ms FROM messaging.outbox',
  );
  return rows[0]?.ms ?? Number.NaN;
}
