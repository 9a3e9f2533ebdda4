import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { TcpProxy } from '../../support/tcp-proxy.js';
import type { Fault, Trial } from '../trial.js';

/** In the long form; the short ones do with one. */
const ORDERS_A_KILL = 200;
/** A frame of AMQP 0-9-1 with the method basic.ack: its payload has 13 bytes, class 60, method 80. */
const ACKNOWLEDGEMENT = Buffer.from('0000000d003c0050', 'hex');

/** Kills the worker at the moment at which it has done all that comes before these bytes. */
function killedBefore(name: string, bytes: string | Buffer, server: 'postgresql' | 'rabbitmq'): Fault {
  return {
    name,
    shop: { proxied: 'workers' },
    async happen(trial: Trial) {
      const proxy: TcpProxy = trial.shop.servers[server];
      const kills = Math.ceil(trial.orders / ORDERS_A_KILL);
      await trial.rounds(kills, async (buyers) => {
        // By then payments, and not orders alone, are on their way.
        await buyers.reaches(0.3);
        await proxy.holdBackFrom(bytes);
        await trial.worker.kill('SIGKILL');
        proxy.restore();
        trial.recovers();
        await trial.worker.start();
      });
      trial.remarks.push(`${kills} kills`);
    },
  };
}

export const relayBeforePublish = killedBefore(
  'relay killed between commit and publish',
  'payment.captured.v1',
  'rabbitmq',
);
export const relayBeforeMark = killedBefore('relay killed between confirm and mark', 'SET published_at', 'postgresql');
export const workerBeforeAck = killedBefore('worker killed between effect and ack', ACKNOWLEDGEMENT, 'rabbitmq');
export const workerInHandler = killedBefore('worker killed in a handler', 'INSERT INTO orders.history', 'postgresql');

export const workersAtRandom: Fault = {
  name: 'two workers killed at random moments',
  shop: { workers: 2 },
  async happen(trial) {
    const kills = Math.ceil((2 * trial.orders) / ORDERS_A_KILL);
    await trial.rounds(kills, async (_rush, round) => {
      await setTimeout(randomInt(1_000));
      await trial.killAndStart(trial.shop.workers[round % 2]!);
    });
    trial.remarks.push(`${kills} kills`);
  },
};
