import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { Metrics } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { TcpProxy } from '../../../../test/support/tcp-proxy.js';
import { MessagingTransport } from './messaging-transport.js';
import { received, envelopeOf, BatchConsumerSandbox, testConsumer, names, QUEUE } from './batch-consumer.suite.js';

const sandbox = BatchConsumerSandbox.forSpec();

/** Batches fail that have any of these in them, and one of them alone waits until the signal. */
function isolateUntil(signal: AbortSignal, prefix: string): void {
  testConsumer.script = async (events) => {
    if (!events.some(({ subject }) => subject.startsWith(prefix))) return;
    if (events.length > 1) throw new Error('which one?');
    if (!signal.aborted) await once(signal, 'abort');
  };
}

const alone = (prefix: string) =>
  testConsumer.tries.filter(([only, ...others]) => others.length === 0 && only?.startsWith(prefix));

it('a copy of an isolated message waits behind it and changes nothing', async () => {
  const mended = new AbortController();
  isolateUntil(mended.signal, 'sour');
  const sour = envelopeOf('sour');
  await sandbox.together(() => {
    sandbox.send(sour);
    sandbox.send(envelopeOf('sweet'));
  });
  await eventually(() => expect(alone('sour')).toHaveLength(1));
  sandbox.send(sour);
  await sandbox.worker.publish([received('later')]);
  expect((await sandbox.storedOnce(3)).slice(1).toSorted()).toEqual(['later', 'sweet']);
  mended.abort();
  expect((await sandbox.storedOnce(4)).slice(3)).toEqual(['sour']);
  await eventually(async () =>
    expect(await sandbox.worker.get(Metrics).render()).toMatch(/^inbox_duplicates_total 1$/m),
  );
  expect(await sandbox.storedOnce(0)).toHaveLength(4);
});

it('isolated messages that have not begun is left to another worker when the broker is lost, and nothing is done twice', async () => {
  const proxy = await TcpProxy.to(loadConfig(process.env).RABBITMQ_URLS[0]!);
  const own = await BatchConsumerSandbox.open({ RABBITMQ_URLS: proxy.url });
  const mended = new AbortController();
  isolateUntil(mended.signal, 'lost');
  await own.deliverTogether(names(8, 'lost'));
  await eventually(() => expect(alone('lost')).toHaveLength(2));
  const underWay = new Set(alone('lost').flat());
  proxy.refuse();
  await eventually(async () => expect(await own.messaging.depth(QUEUE)).toBe(8));
  mended.abort();
  // Two were under way. Whoever waited for its turn has lost it with the connection.
  expect(new Set((await own.storedOnce(3)).slice(1))).toEqual(underWay);
  const requeued = /^messages_consumed_total\{.*queue="warehouse.item-received",outcome="requeued".*\} 6$/m;
  await eventually(async () => expect(await own.worker.get(Metrics).render()).toMatch(requeued));
  expect(alone('lost')).toHaveLength(2);
  proxy.restore();
  expect((await own.storedOnce(9)).slice(1).toSorted()).toEqual(names(8, 'lost'));
  await eventually(async () => expect(await own.messaging.depth(QUEUE)).toBe(0));
  await own.messaging.remove();
  await proxy.stop();
});

it('a message that comes again, and is in one batch with itself, is not overtaken by what is behind it', async () => {
  const proxy = await TcpProxy.to(loadConfig(process.env).RABBITMQ_URLS[0]!);
  const own = await BatchConsumerSandbox.open({ RABBITMQ_URLS: proxy.url });
  await own.together(async () => {
    await own.worker.publish([received('twice')]);
    await own.allTaken();
    proxy.refuse();
    await eventually(async () => expect(await own.messaging.depth(QUEUE)).toBe(2));
    proxy.restore();
    await own.worker.publish([received('twice', 2)]);
  });
  expect((await own.storedOnce(3)).slice(1)).toEqual(['twice', 'twice 2']);
  await own.messaging.remove();
  await proxy.stop();
});

it('a worker that stops gives back isolated messages that have not begun', async () => {
  const free = new AbortController();
  isolateUntil(free.signal, 'isolated');
  await sandbox.deliverTogether(names(8, 'isolated'));
  await eventually(() => expect(alone('isolated')).toHaveLength(2));
  // At once, while `worker.stop` takes its time before.
  const stopped = sandbox.worker.get(MessagingTransport).close();
  free.abort();
  await stopped;
  expect((await sandbox.storedOnce(0)).slice(1)).toHaveLength(2);
  await eventually(async () => expect(await sandbox.messaging.depth(QUEUE)).toBe(6));
});
