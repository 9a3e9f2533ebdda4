import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import type { MessagingSandbox } from '../../support/messaging-sandbox.js';
import { projectRoot } from '../../support/project-root.js';
import { table } from '../../support/table.js';
import { bareConsumerRate, consumerRate, EFFECTS_TABLE } from './consuming.js';
import { foundByPolling, latency, wokenByNotify, type Latency } from './latency.js';
import { bareRate, emptied, relayRate } from './publishing.js';
import { BATCH, newStage, ownConnection, Sample, placed } from './stage.js';

/*
 * The outbox, its relay and consumers beside amqplib alone, in one run on the same servers, queue and message. In each round all have
 * their turn, so that a machine that is busy for a while is busy for all of them; a figure is the median of the rounds. Ends with 1 when
 * the relay is slower than half of amqplib alone.
 */
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const PUBLISHED = 20_000;
const CONSUMED = 4_000;
const RELAY_MIN = 0.5;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const rates = {
  bare: [] as number[],
  relay: [] as number[],
  bareConsumer: [] as number[],
  inBatches: [] as number[],
};

async function publishing(sandbox: MessagingSandbox): Promise<Sample> {
  const worker = await sandbox.startWorker([], { OUTBOX_POLL_MS: '1000' });
  await worker.connected();
  await worker.publish([placed('sample')]);
  const sample = await Sample.takenFrom(sandbox);
  await relayRate(sandbox, PUBLISHED / 4); // Connections and compilers warm up.
  await bareRate(sandbox, sample, PUBLISHED / 4);
  for (let round = 0; round < ROUNDS; round += 1) {
    await emptied(sandbox);
    rates.bare.push(await bareRate(sandbox, sample, PUBLISHED));
    await emptied(sandbox);
    rates.relay.push(await relayRate(sandbox, PUBLISHED));
  }
  await emptied(sandbox);
  await worker.stop();
  return sample;
}

async function consuming(sandbox: MessagingSandbox, sample: Sample): Promise<void> {
  await sandbox.db.query(EFFECTS_TABLE);
  for (let round = 0; round < ROUNDS; round += 1) {
    await bareRate(sandbox, sample, CONSUMED);
    rates.bareConsumer.push(await bareConsumerRate(sandbox, CONSUMED));
    await bareRate(sandbox, sample, CONSUMED);
    rates.inBatches.push(await consumerRate(sandbox, CONSUMED));
  }
}

async function measuredOn(sandbox: MessagingSandbox): Promise<string> {
  const { rows } = await sandbox.db.query('SHOW server_version');
  const connection = await ownConnection();
  const { version } = (connection.connection as { serverProperties?: { version?: string } }).serverProperties ?? {};
  await connection.close();
  const pinned = JSON.parse(await readFile(new URL('package.json', projectRoot), 'utf8'));
  return [
    `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${rows[0].server_version}`,
    `RabbitMQ ${version ?? 'unknown'}`,
    `amqplib ${pinned.dependencies.amqplib}`,
  ].join(', ');
}

const ms = (value: number): string => value.toFixed(1);

function row(name: string, mine: readonly number[], base: readonly number[]): string[] {
  const spread = [Math.min(...mine), Math.max(...mine)].map((value) => Math.round(value)).join('–');
  return [name, String(Math.round(median(mine))), (median(mine) / median(base)).toFixed(2), spread];
}

function print(notified: Latency, polled: Latency): void {
  const waits = Object.entries({ 'woken by NOTIFY': notified, 'polling each 1,000 ms': polled }).map(
    ([name, { p50Ms, p99Ms, maxMs }]) => [name, ms(p50Ms), ms(p99Ms), ms(maxMs)],
  );
  console.log('\nFrom stating one event to its handler, nothing else running');
  console.log(table(['', 'p50 ms', 'p99 ms', 'max ms'], waits));
  console.log(`\nPublishing to a quorum queue: persistent, mandatory, confirmed, in batches of ${BATCH}`);
  console.log(
    table(
      ['', 'events/s', 'to amqplib', 'rounds'],
      [row('amqplib alone', rates.bare, rates.bare), row('relay: select, publish, mark', rates.relay, rates.bare)],
    ),
  );
  console.log('\nConsuming from it');
  console.log(
    table(
      ['', 'messages/s', 'to amqplib', 'rounds'],
      [
        row('amqplib alone: ack only', rates.bareConsumer, rates.bareConsumer),
        row('one transaction for up to 50', rates.inBatches, rates.bareConsumer),
      ],
    ),
  );
}

const sandbox = await newStage();
try {
  console.log(`Measured on ${await measuredOn(sandbox)}`);
  const sample = await publishing(sandbox);
  await consuming(sandbox, sample);
  const notified = await latency(sandbox, wokenByNotify);
  const polled = await latency(sandbox, foundByPolling);
  print(notified, polled);
  const ratio = median(rates.relay) / median(rates.bare);
  const held = ratio >= RELAY_MIN;
  console.log(`\n${held ? 'Held' : 'NOT HELD'}: relay at ${ratio.toFixed(2)} × amqplib alone (at least ${RELAY_MIN}).`);
  process.exitCode = held ? 0 : 1;
} finally {
  await sandbox.remove();
}
