import { setMaxListeners } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox } from '../../../../test/support/messaging-sandbox.js';
import { envelopeFor, LOST_QUEUE, testEvents } from '../../../../test/support/test-consumer.js';
import { Transport, type Outcome } from '../transports/transport.js';
import { CircuitBreaker, type CircuitState } from './circuit-breaker.js';
import { MessageRunner } from './message-runner.js';
import { PermanentFailure } from './failures.js';
import { consumeQueue } from './queue-consumer.js';

const OPEN_MS = 1_500;
const BATCH_MAX = 8;
const POLICY = { windowMs: 60_000, messagesMin: 20, openMs: OPEN_MS };

let sandbox: MessagingSandbox;
let fail: (() => Error) | undefined;
let handled: string[] = [];
let failed: string[] = [];
let underWay = 0;
const triesBefore = new Map<string, number>();
let states: CircuitState[] = [];
let end = async (): Promise<void> => undefined;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(testEvents);
});

afterAll(async () => {
  await sandbox.remove();
});

beforeEach(async () => {
  [handled, failed, states] = [[], [], []];
  triesBefore.clear();
  await sandbox.db.query('TRUNCATE messaging.dead_letters');
});

afterEach(async () => {
  await end();
  end = async () => undefined;
});

/** @param batchMax largest number of events that the handler gets at once */
async function subscribe(batchMax: number): Promise<void> {
  // Nobody consumes in this worker; it lends its parts.
  const worker = await sandbox.startWorker([]);
  await worker.connected();
  const [draining, aborted] = [new AbortController(), new AbortController()];
  setMaxListeners(0, aborted.signal);
  const consuming = consumeQueue(
    { name: LOST_QUEUE, type: 'item.lost.v1', handler: { handle, batchMax, limitMs: 5_000 } },
    {
      transport: worker.get(Transport),
      runner: { run: (...delivery) => observed(worker.get(MessageRunner), ...delivery) },
      breaker: new CircuitBreaker(LOST_QUEUE, POLICY, (state) => void states.push(state)),
    },
    { draining: draining.signal, aborted: aborted.signal },
  );
  end = async () => {
    draining.abort();
    await consuming;
    await worker.stop();
    await sandbox.channel.purgeQueue(sandbox.queue(LOST_QUEUE));
  };
}

/** Notes how many deliveries are here, and the failed tries that each message came with. */
async function observed(runner: MessageRunner, ...delivery: Parameters<MessageRunner['run']>): Promise<Outcome> {
  const [, { headers, tries }] = delivery;
  underWay += 1;
  triesBefore.set(String(headers['ce-subject']), tries);
  try {
    return await runner.run(...delivery);
  } finally {
    underWay -= 1;
  }
}

const drained = () => eventually(() => expect(underWay).toBe(0));

async function handle(events: readonly { id: string; subject: string }[]): Promise<void> {
  if (fail) {
    failed.push(...events.map(({ subject }) => subject));
    throw fail();
  }
  handled.push(...events.map(({ subject }) => subject));
}

async function send(count: number, progress: Record<string, number> = {}): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const envelope = envelopeFor(`item-${number}`, 'item.lost.v1');
    const headers = { ...envelope.headers, ...progress };
    sandbox.channel.sendToQueue(sandbox.queue(LOST_QUEUE), Buffer.from('{"weight":1}'), { ...envelope, headers });
  }
}

const becomes = (...wanted: CircuitState[]) => eventually(() => expect(states).toEqual(wanted));
const deadLetters = async () => (await sandbox.db.query('SELECT FROM messaging.dead_letters')).rows.length;
const consumers = async () => (await sandbox.channel.checkQueue(sandbox.queue(LOST_QUEUE))).consumerCount;

describe('the circuit breaker', () => {
  it('opens when most messages of a queue fail, tries one message, and closes when that succeeds', async () => {
    await subscribe(1);
    fail = () => new Error('the other side is down');
    await send(80);
    await becomes('open');
    await eventually(async () => expect(await consumers()).toBe(0));
    // Those that had begun may still fail once more; the others are back in their queue.
    await drained();
    const before = new Set(failed);
    expect(before.size).toBeLessThanOrEqual(40);
    await becomes('open', 'half_open', 'open');
    const probed = new Set(failed);
    expect(probed.size - before.size).toBeLessThanOrEqual(1);
    fail = undefined;
    await becomes('open', 'half_open', 'open', 'half_open', 'closed');
    await eventually(() => expect(handled).toHaveLength(80));
    // Whoever was not tried while it was down has used up no try.
    const untouched = handled.filter((subject) => !probed.has(subject));
    expect(untouched.length).toBeGreaterThanOrEqual(40);
    expect(new Set(untouched.map((subject) => triesBefore.get(subject)))).toEqual(new Set([0]));
    expect(await deadLetters()).toBe(0);
  });

  it('opens as well for a queue that is handled in batches, and loses none of them', async () => {
    await subscribe(BATCH_MAX);
    fail = () => new Error('the other side is down');
    await send(80);
    await becomes('open');
    await eventually(async () => expect(await consumers()).toBe(0));
    await drained();
    // Those that it took before twenty had failed, and those that had come in exchange for them.
    expect(new Set(failed).size).toBeLessThanOrEqual(3 * BATCH_MAX + POLICY.messagesMin);
    fail = undefined;
    await eventually(() => expect(states.at(-1)).toBe('closed'));
    await eventually(() => expect(new Set(handled).size).toBe(80));
    expect(handled).toHaveLength(80);
    expect(await deadLetters()).toBe(0);
  });

  it('does not count messages that can never succeed, and too few decide nothing', async () => {
    await subscribe(1);
    fail = () => new PermanentFailure('never');
    await send(60);
    await eventually(async () => expect(await deadLetters()).toBe(60));
    expect(states).toEqual([]);
    fail = () => new Error('a few');
    await send(15);
    await eventually(() => expect(new Set(failed.slice(60)).size).toBe(15));
    fail = undefined;
    await eventually(() => expect(handled).toHaveLength(15));
    expect(states).toEqual([]);
  });

  it('opens as well for messages on their last retry level, and stays open when the one message is given up', async () => {
    await subscribe(1);
    fail = () => new Error('still down');
    await send(80, { 'x-tries': 6, 'x-retry-level': 2 });
    await becomes('open', 'half_open', 'open');
    fail = undefined;
    await becomes('open', 'half_open', 'open', 'half_open', 'closed');
    await eventually(async () => expect(handled.length + (await deadLetters())).toBe(80));
    expect(handled.length).toBeGreaterThan(38);
  });

  it('does not keep a process from stopping while it is open', async () => {
    await subscribe(1);
    fail = () => new Error('down');
    await send(60);
    await becomes('open');
    const startedAt = performance.now();
    await end();
    end = async () => undefined;
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    fail = undefined;
  });
});
