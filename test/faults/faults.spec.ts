import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RabbitmqServer } from '../support/rabbitmq-server.js';
import { brokerKilled, connectionsClosed, memoryAlarm } from './faults/broker.js';
import { relayBeforeMark, relayBeforePublish, workerBeforeAck, workerInHandler } from './faults/kills.js';
import { Trial, type Fault } from './trial.js';

/** The short form of `npm run test:faults`, of those faults that no other specification makes. */
const ORDERS = 20;
const LIMIT_MS = 240_000;

let server: RabbitmqServer;

beforeAll(async () => {
  server = await RabbitmqServer.start();
}, LIMIT_MS);

afterAll(() => server?.stop());

const faults: readonly ((broker: RabbitmqServer) => Fault)[] = [
  () => relayBeforePublish,
  () => relayBeforeMark,
  () => workerBeforeAck,
  () => workerInHandler,
  brokerKilled,
  connectionsClosed,
  memoryAlarm,
];

it.each(faults.map((fault) => [fault(server).name, fault] as const))(
  '%s',
  async (_name, fault) => {
    const outcome = await Trial.play(fault(server), { orders: ORDERS, onTheClock: false, brokerUrls: server.url });
    expect(outcome).toMatchObject({ lost: 0, doubled: 0, complaints: [] });
    expect(outcome.orders).toBeGreaterThanOrEqual(ORDERS);
  },
  LIMIT_MS,
);
