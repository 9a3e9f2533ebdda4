import { setTimeout } from 'node:timers/promises';
import { connect, type ChannelModel } from 'amqplib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox } from '../../../../test/support/messaging-sandbox.js';
import { envelopeFor, LOST_QUEUE, parcelEvents } from '../../../../test/support/parcels.js';
import { Broker } from '../amqp/broker.js';
import { KILL_SWITCH, KillSwitch } from './kill-switch.js';
import { MessageRunner } from './message-runner.js';
import { Subscription } from './subscription.js';

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

const handle = () => Promise.reject(new Error('was handled'));

it('that is still being made when its process begins to stop takes nothing, and wears no message out', async () => {
  // Nobody consumes in this worker; it lends its parts.
  const worker = await sandbox.startWorker([]);
  await worker.connected();
  sandbox.channel.sendToQueue(
    sandbox.queue(LOST_QUEUE),
    Buffer.from('{"weight":1}'),
    envelopeFor('late', 'parcel.lost.v1'),
  );
  await eventually(async () => expect(await sandbox.depth(LOST_QUEUE)).toBe(1));

  const [draining, over, closed] = [new AbortController(), new AbortController(), new AbortController()];
  const subscription = new Subscription(
    { name: LOST_QUEUE, handlers: new Map([['parcel.lost.v1', { handle, limitMs: 1_000 }]]) },
    {
      broker: worker.get(Broker),
      runner: worker.get(MessageRunner),
      stopping: { draining: draining.signal, over: over.signal },
      killSwitch: new KillSwitch(LOST_QUEUE, KILL_SWITCH, () => undefined),
    },
  );
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
});
