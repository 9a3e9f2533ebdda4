import { setTimeout } from 'node:timers/promises';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { eventually } from '../../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../../test/support/messaging-sandbox.js';
import { envelopeFor, LOST_QUEUE, testEvents } from '../../../../../test/support/test-consumer.js';
import { TcpProxy } from '../../../../../test/support/tcp-proxy.js';
import { MessageRunner } from '../../consumer/message-runner.js';
import { Transport } from '../transport.js';
import { BrokerConnection } from './broker-connection.js';
import { BrokerNames } from './broker-names.js';
import { Publisher } from './publisher.js';
import { RabbitMqMessage } from './rabbitmq-message.js';
import { RabbitMqSubscription } from './subscription.js';

const TRIES_A_DELIVERY = 3;

const [url] = loadConfig(process.env).RABBITMQ_URLS;
const connectionTo = (target: string) => new BrokerConnection({ name: 'test', urls: [target], heartbeatSeconds: 10 });

let sandbox: MessagingSandbox;
let worker: MessagingWorker;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(testEvents);
  // It archives dead letters and consumes no event.
  worker = await sandbox.startWorker([]);
  await worker.connected();
});

afterAll(() => sandbox.remove());

/** Notes how deliveries are given back. */
function countedChannel(channel: Channel, methods: string[]): Channel {
  for (const method of ['nack', 'reject'] as const) {
    const original = channel[method].bind(channel) as (...args: unknown[]) => void;
    channel[method] = (...args: unknown[]) => {
      methods.push(method);
      original(...args);
    };
  }
  return channel;
}

function sendOne(subject: string): void {
  const envelope = envelopeFor(subject, 'item.lost.v1');
  sandbox.channel.sendToQueue(sandbox.queue(LOST_QUEUE), Buffer.from('{"weight":1}'), envelope);
}

const waits = (count: number) => eventually(async () => expect(await sandbox.depth(LOST_QUEUE)).toBe(count));

it('that is still being made when its process begins to stop takes nothing, and no delivery of a message is counted', async () => {
  sendOne('late');
  await waits(1);
  const until = new AbortController();
  const consuming = worker.get(Transport).consume({
    queue: LOST_QUEUE,
    prefetch: 20,
    until: until.signal,
    deliver: async () => 'requeued',
  });
  until.abort();
  await consuming;
  await setTimeout(500);
  await eventually(async () => {
    const { consumerCount } = await sandbox.channel.checkQueue(sandbox.queue(LOST_QUEUE));
    expect([consumerCount, await sandbox.depth(LOST_QUEUE)]).toEqual([0, 1]);
  });
  expect((await sandbox.db.query('SELECT FROM messaging.dead_letters')).rows).toEqual([]);
  await sandbox.channel.purgeQueue(sandbox.queue(LOST_QUEUE));
});

it('rejects a message whose handling fails unexpectedly, which every RabbitMQ counts, until the broker gives it up', async () => {
  const model = await connect(url!);
  const methods: string[] = [];
  const counted = { createChannel: async () => countedChannel(await model.createChannel(), methods) } as ChannelModel;
  const until = new AbortController();
  const connection = connectionTo(url!);
  connection.opened = async () => ({ model: counted, closed: new AbortController().signal });
  const subscription = new RabbitMqSubscription(connection, {
    queue: sandbox.queue(LOST_QUEUE),
    prefetch: 20,
    until: until.signal,
    deliver: () => Promise.reject(new Error('a mistake in the program')),
    repair: async () => undefined,
  });
  const consuming = subscription.run();
  sendOne('odd');
  const letter = await eventually(async () => {
    const { rows } = await sandbox.db.query(`DELETE FROM messaging.dead_letters WHERE subject = 'odd' RETURNING error`);
    expect(rows).toHaveLength(1);
    return rows[0]!;
  });
  expect(letter['error']).toBe('delivery_limit');
  expect(new Set(methods)).toEqual(new Set(['reject']));
  until.abort();
  await consuming;
  await model.close();
});

it('whose channel is lost during the last try of a message leaves that to the next one, and stores no copy for a retry', async () => {
  const proxy = await TcpProxy.to(url!);
  const [consuming, publishing] = [connectionTo(proxy.url), connectionTo(url!)];
  const publisher = new Publisher(publishing);
  publishing.start((model) => publisher.attach(model));
  consuming.start(async () => undefined);
  let tries = 0;
  const handle = async (): Promise<void> => {
    tries += 1;
    if (tries === TRIES_A_DELIVERY) {
      proxy.refuse();
      await waits(1);
    }
    throw new Error('not yet');
  };
  const queue = { name: LOST_QUEUE, type: 'item.lost.v1', handler: { handle, batchMax: 1, limitMs: 20_000 } };
  const until = new AbortController();
  const signals = { draining: until.signal, aborted: new AbortController().signal };
  const sender = {
    names: new BrokerNames(sandbox.namespace),
    send: publisher.publish.bind(publisher),
  };
  const outcomes: string[] = [];
  const subscription = new RabbitMqSubscription(consuming, {
    queue: sandbox.queue(LOST_QUEUE),
    prefetch: 20,
    until: until.signal,
    deliver: async (raw, lost) => {
      const message = new RabbitMqMessage(LOST_QUEUE, raw, lost, sender);
      const outcome = await worker.get(MessageRunner).run(queue, message, signals);
      outcomes.push(outcome);
      return outcome;
    },
    repair: async () => undefined,
  });
  const running = subscription.run();
  sendOne('torn');
  await eventually(() => expect(outcomes).toEqual(['requeued']));
  until.abort();
  await running;
  expect(tries).toBe(TRIES_A_DELIVERY);
  expect([await sandbox.depth('retry.1s'), await sandbox.depth(LOST_QUEUE)]).toEqual([0, 1]);
  await consuming.close();
  await publishing.close();
  await proxy.stop();
});
