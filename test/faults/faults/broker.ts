import { connect } from 'amqplib';
import type { RabbitmqServer } from '../../support/rabbitmq-server.js';
import { watchMemory, type MemoryUse } from '../memory.js';
import { outOfOrder, Tap } from '../tap.js';
import type { Fault, Trial } from '../trial.js';

/** What the design allows from the death of the broker until an order goes all its way again. */
const RESUMES_WITHIN_SECONDS = 15;
/** In the long form; the short ones do with one round. */
const ORDERS_A_ROUND = 200;
/** A process that fills its heap for the first time grows too; one that kept what waits would go on growing. */
const GROWTH_MAX_MB = 48;

/** @param broker the one that the shop is connected to */
export const brokerKilled = (broker: RabbitmqServer): Fault => ({
  name: 'broker killed and started again',
  async happen(trial) {
    await trial.during(async (buyers) => {
      await buyers.reaches(0.3);
      await broker.kill();
      trial.recovers();
      await broker.start();
    });
    trial.recoversWithin(RESUMES_WITHIN_SECONDS);
  },
});

export const connectionsClosed = (broker: RabbitmqServer): Fault => ({
  name: 'broker closes all connections',
  shop: { workers: 2 },
  async happen(trial) {
    await trial.rounds(Math.ceil(trial.orders / ORDERS_A_ROUND), async (buyers) => {
      await buyers.reaches(0.3);
      await broker.control('close_all_connections', 'a fault');
      trial.recovers();
    });
    trial.recoversWithin(RESUMES_WITHIN_SECONDS);
  },
});

export const memoryAlarm = (broker: RabbitmqServer): Fault => ({
  name: 'broker out of memory: HTTP goes on',
  async happen(trial) {
    await broker.raiseMemoryAlarm();
    try {
      // The alarm blocks a connection at its first publish from then on.
      await trial.during(async () => undefined);
      trial.remarks.push(`${await trial.counts.waiting()} events waited`);
      const report = await fetch(`${trial.worker.url}/health/ready`);
      trial.expect(report.status === 503, `the worker called itself ready: ${report.status}`);
    } finally {
      await broker.clearMemoryAlarm();
    }
    trial.recovers();
  },
});

export const unroutable = (broker: RabbitmqServer): Fault => ({
  name: 'no queue takes an event: it stays, and somebody hears of it',
  async happen(trial) {
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    const { namespace, db } = trial.shop;
    let stayed = 0;
    await trial.rounds(Math.ceil(trial.orders / ORDERS_A_ROUND), async (buyers) => {
      await channel.unbindQueue(`${namespace}.order.payment-captured`, `${namespace}.events`, 'payment.captured.v1');
      await buyers.reaches(1);
      const held = `SELECT FROM messaging.outbox WHERE last_error = 'returned by RabbitMQ: NO_ROUTE'`;
      stayed = (await db.query(held)).rows.length;
    });
    await connection.close();
    trial.remarks.push(`${stayed} events stayed until their queue was there again`);
    trial.expect(stayed > 0, 'every event was published into nothing');
    trial.expect(/events could not be published and stay/.test(trial.worker.output), 'no log line says so');
  },
});

/** @param seconds how long it is away */
export const brokerDown = (broker: RabbitmqServer, seconds: number): Fault => ({
  name: `broker down for ${seconds} s`,
  async happen(trial) {
    const tap = await Tap.open(broker.url, trial.shop.namespace);
    const perSecond = Math.max(5, Math.ceil(trial.orders / seconds));
    await trial.during(
      async () => {
        await broker.kill();
        const [api, worker] = await Promise.all([
          watchMemory(trial.shop.apis[0]!, seconds),
          watchMemory(trial.worker, seconds),
        ]);
        checkMemory(trial, 'api', api);
        checkMemory(trial, 'worker', worker);
        trial.remarks.push(`${await trial.counts.waiting()} events waited`);
        await broker.start();
        trial.recovers();
      },
      { orders: perSecond * (seconds + 10), perSecond },
    );
    await trial.settle();
    const wrong = outOfOrder(await tap.drain());
    trial.expect(wrong === 0, `${wrong} events came before others about the same subject`);
  },
});

function checkMemory(trial: Trial, name: string, { first, last }: MemoryUse): void {
  trial.remarks.push(`${name} RSS ${first.resident} → ${last.resident} MB, heap ${first.heap} → ${last.heap} MB`);
  const growth = last.resident - first.resident;
  trial.expect(growth <= GROWTH_MAX_MB, `the ${name} grew by ${growth} MB`);
}
