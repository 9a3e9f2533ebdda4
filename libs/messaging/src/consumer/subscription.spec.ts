import { setTimeout } from 'node:timers/promises';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox } from '../../../../test/support/messaging-sandbox.js';
import { envelopeFor, LOST_QUEUE, parcelEvents } from '../../../../test/support/test-consumer.js';
import { TcpProxy } from '../../../../test/support/tcp-proxy.js';
import { Broker } from '../transports/rabbitmq/broker.js';
import type { SingleHandler } from './consumed-queue.js';
import { CIRCUIT_BREAKER, CircuitBreaker } from './circuit-breaker.js';
import { MessageRunner } from './message-runner.js';
import { Subscription } from './subscription.js';

const TRIES_A_DELIVERY = 3;

let sandbox: MessagingSandbox;
let model: ChannelModel;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(parcelEvents);
  model = await connect(loadConfig(process.env).RABBITMQ_URLS[0]!);
});

afterAll(async () => {
  await model.close();
  await sandbox.remove();
});

interface Stage {
  readonly subscription: Subscription;
  readonly draining: AbortController;
}

/** One subscription to the lost parcels, with the parts of a worker in which nobody consumes. */
async function stage(handle: SingleHandler['handle'], runner?: Pick<MessageRunner, 'run'>): Promise<Stage> {
  const worker = await sandbox.startWorker([]);
  await worker.connected();
  const draining = new AbortController();
  const subscription = new Subscription(
    { name: LOST_QUEUE, handlers: new Map([['parcel.lost.v1', { handle, limitMs: 20_000 }]]) },
    {
      broker: worker.get(Broker),
      runner: runner ?? worker.get(MessageRunner),
      stopping: { draining: draining.signal, over: new AbortController().signal },
      circuitBreaker: new CircuitBreaker(LOST_QUEUE, CIRCUIT_BREAKER, () => undefined),
    },
  );
  return { subscription, draining };
}

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

async function sendOne(subject: string, isWaitedFor = true): Promise<void> {
  const envelope = envelopeFor(subject, 'parcel.lost.v1');
  sandbox.channel.sendToQueue(sandbox.queue(LOST_QUEUE), Buffer.from('{"weight":1}'), envelope);
  if (isWaitedFor) await waits(1);
}

const waits = (count: number) => eventually(async () => expect(await sandbox.depth(LOST_QUEUE)).toBe(count));

it('that is still being made when its process begins to stop takes nothing, and wears no message out', async () => {
  const { subscription, draining } = await stage(() => Promise.reject(new Error('was handled')));
  await sendOne('late');
  const closed = new AbortController();
  const subscribed = subscription.consumeOn(model, closed.signal);
  draining.abort();
  await subscription.cancel();
  // Time in which it would take the message and give it back, again and again, until the broker took it for one that crashes.
  await setTimeout(500);

  await eventually(async () => {
    const { consumerCount } = await sandbox.channel.checkQueue(sandbox.queue(LOST_QUEUE));
    expect([consumerCount, await sandbox.depth(LOST_QUEUE)]).toEqual([0, 1]);
  });
  expect((await sandbox.db.query('SELECT FROM messaging.dead_letters')).rows).toEqual([]);
  closed.abort();
  await subscription.close();
  await subscribed;
  await sandbox.channel.purgeQueue(sandbox.queue(LOST_QUEUE));
});

it('rejects a message that it cannot judge, which every RabbitMQ counts, until the broker gives it up', async () => {
  const { subscription } = await stage(() => Promise.reject(new Error('was handled')), {
    run: () => Promise.reject(new Error('a mistake in the program')),
  });
  const methods: string[] = [];
  const channels = { createChannel: async () => countedChannel(await model.createChannel(), methods) };
  const closed = new AbortController();
  const subscribed = subscription.consumeOn(channels as ChannelModel, closed.signal);
  await sendOne('odd', false);
  const letter = await eventually(async () => {
    const { rows } = await sandbox.db.query(`DELETE FROM messaging.dead_letters WHERE subject = 'odd' RETURNING error`);
    expect(rows).toHaveLength(1);
    return rows[0]!;
  });
  expect(letter['error']).toBe('delivery_limit');
  expect(new Set(methods)).toEqual(new Set(['reject']));
  closed.abort();
  await subscription.cancel();
  await subscription.close();
  await subscribed;
});

it('whose channel is lost during the last try of a message leaves that to the next one, and sends no copy of it up the ladder', async () => {
  const proxy = await TcpProxy.to(loadConfig(process.env).RABBITMQ_URLS[0]!);
  const own = await connect(proxy.url);
  own.on('error', () => undefined);
  const closed = new AbortController();
  own.on('close', () => closed.abort());
  let tries = 0;
  const { subscription } = await stage(async () => {
    tries += 1;
    if (tries === TRIES_A_DELIVERY) {
      proxy.refuse();
      await waits(1);
    }
    throw new Error('not yet');
  });
  await sendOne('torn');
  await subscription.consumeOn(own, closed.signal);
  await subscription.drained();
  expect(tries).toBe(TRIES_A_DELIVERY);
  expect([await sandbox.depth('retry.1s'), await sandbox.depth(LOST_QUEUE)]).toEqual([0, 1]);
  await proxy.stop();
});
