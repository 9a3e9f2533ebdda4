import { RabbitmqCluster } from '../support/rabbitmq-cluster.js';
import { RabbitmqServer } from '../support/rabbitmq-server.js';
import { table } from '../support/table.js';
import * as broker from './faults/broker.js';
import * as cluster from './faults/cluster.js';
import * as deliveries from './faults/deliveries.js';
import * as failures from './faults/failures.js';
import * as kills from './faults/kills.js';
import * as failingMessage from './faults/failing-message.js';
import { Trial, type Fault } from './trial.js';

/*
 * What must not lose or repeat anything, done to a shop of real processes with a broker of its own, in which people buy FAULTS_ORDERS
 * (1000) times; FAULTS_DOWN_SECONDS (120) for the long outage; FAULTS_ONLY (part of a name) chooses. Ends with 1 when something did not
 * hold.
 */
const ORDERS = Number(process.env['FAULTS_ORDERS'] ?? 1_000);
const DOWN_SECONDS = Number(process.env['FAULTS_DOWN_SECONDS'] ?? 120);
const ONLY = process.env['FAULTS_ONLY'] ?? '';

const TITLES = ['fault', 'orders', 'lost', 'doubled', 'redelivered', 'recovered in', 'remark', ''];

/** Its line of the table. */
async function play(fault: Fault, brokerUrls: string): Promise<string[]> {
  const startedAt = performance.now();
  let line: string[];
  try {
    const { recoveredSeconds, ...outcome } = await Trial.play(fault, { orders: ORDERS, onTheClock: true, brokerUrls });
    const counts = [outcome.orders, outcome.lost, outcome.doubled, outcome.redelivered].map(String);
    const recovered = recoveredSeconds === undefined ? '' : `${recoveredSeconds.toFixed(1)} s`;
    for (const complaint of outcome.complaints) console.log(`  ${complaint}`);
    line = [fault.name, ...counts, recovered, outcome.remark, outcome.complaints.length === 0 ? 'held' : 'NOT HELD'];
  } catch (error) {
    console.log(error);
    line = [fault.name, '', '', '', '', '', '', 'NOT HELD'];
  }
  console.log(`${line.join(' · ')} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
  return line;
}

const rows: string[][] = [];

async function playAll(faults: readonly Fault[], brokerUrls: string): Promise<void> {
  for (const fault of faults.filter(chosen)) rows.push(await play(fault, brokerUrls));
}

const chosen = ({ name }: Fault): boolean => name.includes(ONLY);

const server = await RabbitmqServer.start();
try {
  const faults = [
    kills.relayBeforePublish,
    kills.relayBeforeMark,
    kills.workerBeforeAck,
    kills.workerInHandler,
    kills.workersAtRandom,
    deliveries.sameToTwo,
    deliveries.outOfOrder,
    deliveries.slowHandlers(server),
    deliveries.stoppedInHandler,
    failures.unreadable,
    failures.alwaysFailing,
    failingMessage.failingMessage,
    broker.brokerKilled(server),
    broker.connectionsClosed(server),
    broker.memoryAlarm(server),
    broker.unroutable(server),
    broker.brokerDown(server, DOWN_SECONDS),
  ];
  await playAll(faults, server.url);
} finally {
  await server.stop();
}

const nodes = await RabbitmqCluster.start();
try {
  await playAll([cluster.leaderKilled(nodes), cluster.twoKilled(nodes)], nodes.urls);
} finally {
  await nodes.stop();
}

console.log(`\n${table(TITLES, rows)}`);
process.exitCode = rows.length > 0 && rows.every((row) => row.at(-1) === 'held') ? 0 : 1;
