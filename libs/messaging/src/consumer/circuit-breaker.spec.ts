import { setMaxListeners } from 'node:events';
import { connect, type ChannelModel } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox } from '../../../../test/support/messaging-sandbox.js';
import { envelopeFor, LOST_QUEUE, parcelEvents } from '../../../../test/support/test-consumer.js';
import { Broker } from '../transports/rabbitmq/broker.js';
import type { BatchHandler, SingleHandler } from './consumed-queue.js';
import { FailureRate } from './failure-rate.js';
import { CircuitBreaker, type CircuitState } from './circuit-breaker.js';
import { MessageRunner } from './message-runner.js';
import { PermanentFailure } from './permanent-failure.js';
import { Subscription } from './subscription.js';

const PAUSE_MS = 1_500;
const BATCH_MAX = 8;
const POLICY = { windowMs: 60_000, messagesMin: 20, pauseMs: PAUSE_MS };

let sandbox: MessagingSandbox;
let model: ChannelModel;
let fail: (() => Error) | undefined;
let handled: { subject: string; attempt: number }[] = [];
let failed: string[] = [];
let states: CircuitState[] = [];
let drained: () => Promise<void>;
let end = async (): Promise<void> => undefined;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(parcelEvents);
  model = await connect(loadConfig(process.env).RABBITMQ_URLS[0]!);
});

afterAll(async () => {
  await model.close();
  await sandbox.remove();
});

beforeEach(async () => {
  [handled, failed, states] = [[], [], []];
  await sandbox.db.query('TRUNCATE messaging.dead_letters');
});

afterEach(async () => {
  await end();
  end = async () => undefined;
});

async function subscribe(handler: SingleHandler | BatchHandler = { handle, limitMs: 5_000 }): Promise<void> {
  // Nobody consumes in this worker; it lends its parts.
  const worker = await sandbox.startWorker([]);
  await worker.connected();
  const [draining, over] = [new AbortController(), new AbortController()];
  setMaxListeners(0, over.signal);
  const subscription = new Subscription(
    { name: LOST_QUEUE, handlers: new Map([['parcel.lost.v1', handler]]) },
    {
      broker: worker.get(Broker),
      runner: worker.get(MessageRunner),
      stopping: { draining: draining.signal, over: over.signal },
      circuitBreaker: new CircuitBreaker(LOST_QUEUE, POLICY, (state) => void states.push(state)),
    },
  );
  drained = () => subscription.drained();
  const subscribed = subscription.consumeOn(model, over.signal);
  end = async () => {
    draining.abort();
    await subscription.cancel();
    await subscription.drained();
    over.abort();
    await subscription.close();
    await subscribed;
    await worker.stop();
    await sandbox.channel.purgeQueue(sandbox.queue(LOST_QUEUE));
  };
}

async function handle({ subject }: { subject: string }, { attempt }: { attempt: number }): Promise<void> {
  if (fail) {
    failed.push(subject);
    throw fail();
  }
  handled.push({ subject, attempt });
}

async function handleAll(events: readonly { subject: string }[]): Promise<void> {
  if (fail) {
    failed.push(...events.map(({ subject }) => subject));
    throw fail();
  }
  handled.push(...events.map(({ subject }) => ({ subject, attempt: 1 })));
}

async function send(count: number, progress: Record<string, number> = {}): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const envelope = envelopeFor(`parcel-${number}`, 'parcel.lost.v1');
    const headers = { ...envelope.headers, ...progress };
    sandbox.channel.sendToQueue(sandbox.queue(LOST_QUEUE), Buffer.from('{"weight":1}'), { ...envelope, headers });
  }
}

const becomes = (...wanted: CircuitState[]) => eventually(() => expect(states).toEqual(wanted));
const dead = async () => (await sandbox.db.query('SELECT FROM messaging.dead_letters')).rows.length;
const consumers = async () => (await sandbox.channel.checkQueue(sandbox.queue(LOST_QUEUE))).consumerCount;

describe('the circuit breaker', () => {
  it('pauses a queue most of whose messages fail, probes it, and lets it go on when a probe succeeds', async () => {
    await subscribe();
    fail = () => new Error('the other side is down');
    await send(80);
    await becomes('paused');
    await eventually(async () => expect(await consumers()).toBe(0));
    // Those that had begun may still fail once more; the others are back in their queue.
    await drained();
    const before = new Set(failed);
    expect(before.size).toBeLessThanOrEqual(40);
    await becomes('paused', 'probing', 'paused');
    const probed = new Set(failed);
    expect(probed.size - before.size).toBeLessThanOrEqual(1);
    fail = undefined;
    await becomes('paused', 'probing', 'paused', 'probing', 'running');
    await eventually(() => expect(handled).toHaveLength(80));
    // Whoever was not tried while it was down has used up no try.
    const untouched = handled.filter(({ subject }) => !probed.has(subject));
    expect(untouched.length).toBeGreaterThanOrEqual(40);
    expect(new Set(untouched.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    expect(await dead()).toBe(0);
  });

  it('pauses a queue that is handled in batches as well, and loses none of them', async () => {
    await subscribe({ handle: handleAll, limitMs: 5_000, batchMax: BATCH_MAX });
    fail = () => new Error('the other side is down');
    await send(80);
    await becomes('paused');
    await eventually(async () => expect(await consumers()).toBe(0));
    await drained();
    // Those that it took before twenty had failed, and those that had come in exchange for them.
    expect(new Set(failed).size).toBeLessThanOrEqual(3 * BATCH_MAX + POLICY.messagesMin);
    fail = undefined;
    await eventually(() => expect(states.at(-1)).toBe('running'));
    await eventually(() => expect(new Set(handled.map(({ subject }) => subject)).size).toBe(80));
    expect(handled).toHaveLength(80);
    expect(await dead()).toBe(0);
  });

  it('does not count messages that can never succeed, and too few decide nothing', async () => {
    await subscribe();
    fail = () => new PermanentFailure('never');
    await send(60);
    await eventually(async () => expect(await dead()).toBe(60));
    expect(states).toEqual([]);
    fail = () => new Error('a few');
    await send(15);
    await eventually(() => expect(new Set(failed.slice(60)).size).toBe(15));
    fail = undefined;
    await eventually(() => expect(handled).toHaveLength(15));
    expect(states).toEqual([]);
  });

  it('pauses as well when the messages that fail are on their last rung, and a probe that dies of it lets nobody in', async () => {
    await subscribe();
    fail = () => new Error('still down');
    await send(80, { 'x-tries': 6, 'x-retry-level': 2 });
    await becomes('paused', 'probing', 'paused');
    fail = undefined;
    await becomes('paused', 'probing', 'paused', 'probing', 'running');
    await eventually(async () => expect(handled.length + (await dead())).toBe(80));
    expect(handled.length).toBeGreaterThan(38);
  });

  it('does not keep a process from stopping while it is paused', async () => {
    await subscribe();
    fail = () => new Error('down');
    await send(60);
    await becomes('paused');
    const startedAt = performance.now();
    await end();
    end = async () => undefined;
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    fail = undefined;
  });
});

describe('the failure rate', () => {
  it('forgets what is older than its window', () => {
    const rate = new FailureRate(60_000);
    for (let second = 0; second < 30; second += 1) rate.note(true, second * 1_000);
    for (let second = 30; second < 90; second += 1) rate.note(false, second * 1_000);
    expect(rate.at(89_999)).toEqual({ messages: 60, failures: 0 });
    expect(rate.at(100_000)).toEqual({ messages: 49, failures: 0 });
    expect(rate.at(200_000)).toEqual({ messages: 0, failures: 0 });
    rate.note(true, 200_000);
    expect(rate.at(200_500)).toEqual({ messages: 1, failures: 1 });
  });
});
