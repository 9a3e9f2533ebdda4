import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { Metrics } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { TcpProxy } from '../../../../test/support/tcp-proxy.js';
import { MessagingTransport } from './messaging-transport.js';
import { delivered, envelopeOf, MillSite, mill, names, QUEUE } from './mill.suite.js';

const site = MillSite.forSpec();

/** Batches fail that have any of these in them, and one of them alone waits until the signal. */
function asideUntil(signal: AbortSignal, prefix: string): void {
  mill.script = async (events) => {
    if (!events.some(({ subject }) => subject.startsWith(prefix))) return;
    if (events.length > 1) throw new Error('which one?');
    if (!signal.aborted) await once(signal, 'abort');
  };
}

const alone = (prefix: string) =>
  mill.tries.filter(([only, ...others]) => others.length === 0 && only?.startsWith(prefix));

it('a copy of a message that is aside waits behind it and changes nothing', async () => {
  const mended = new AbortController();
  asideUntil(mended.signal, 'sour');
  const sour = envelopeOf('sour');
  await site.together(() => {
    site.send(sour);
    site.send(envelopeOf('sweet'));
  });
  await eventually(() => expect(alone('sour')).toHaveLength(1));
  site.send(sour);
  await site.worker.state([delivered('later')]);
  expect((await site.milledOnce(2)).slice(1)).toEqual(['later']);
  mended.abort();
  expect((await site.milledOnce(4)).slice(2).toSorted()).toEqual(['sour', 'sweet']);
  await eventually(async () => expect(await site.worker.get(Metrics).render()).toMatch(/^inbox_duplicates_total 1$/m));
  expect(await site.milledOnce(0)).toHaveLength(4);
});

it('what is aside and has not begun is left to another worker when the broker is lost, and nothing is done twice', async () => {
  const proxy = await TcpProxy.to(loadConfig(process.env).RABBITMQ_URLS[0]!);
  const own = await MillSite.open({ RABBITMQ_URLS: proxy.url });
  const mended = new AbortController();
  asideUntil(mended.signal, 'lost');
  await own.deliverTogether(names(8, 'lost'));
  await eventually(() => expect(alone('lost')).toHaveLength(2));
  const underWay = new Set(alone('lost').flat());
  proxy.refuse();
  await eventually(async () => expect(await own.sandbox.depth(QUEUE)).toBe(8));
  mended.abort();
  // Two were under way. Whoever waited for its turn has lost it with the connection.
  expect(new Set((await own.milledOnce(3)).slice(1))).toEqual(underWay);
  const requeued = /^messages_consumed_total\{.*queue="mill.grain-delivered",outcome="requeued".*\} 6$/m;
  await eventually(async () => expect(await own.worker.get(Metrics).render()).toMatch(requeued));
  expect(alone('lost')).toHaveLength(2);
  proxy.restore();
  expect((await own.milledOnce(9)).slice(1).toSorted()).toEqual(names(8, 'lost'));
  await eventually(async () => expect(await own.sandbox.depth(QUEUE)).toBe(0));
  await own.sandbox.remove();
  await proxy.stop();
});

it('a message that comes again, and is in one batch with itself, is not overtaken by what is behind it', async () => {
  const proxy = await TcpProxy.to(loadConfig(process.env).RABBITMQ_URLS[0]!);
  const own = await MillSite.open({ RABBITMQ_URLS: proxy.url });
  await own.together(async () => {
    await own.worker.state([delivered('twice')]);
    await own.allTaken();
    proxy.refuse();
    await eventually(async () => expect(await own.sandbox.depth(QUEUE)).toBe(2));
    proxy.restore();
    await own.worker.state([delivered('twice', 2)]);
  });
  expect((await own.milledOnce(3)).slice(1)).toEqual(['twice', 'twice 2']);
  await own.sandbox.remove();
  await proxy.stop();
});

it('a worker that stops gives back what is aside and has not begun', async () => {
  const free = new AbortController();
  asideUntil(free.signal, 'aside');
  await site.deliverTogether(names(8, 'aside'));
  await eventually(() => expect(alone('aside')).toHaveLength(2));
  // At once, while `worker.stop` takes its time before.
  const stopped = site.worker.get(MessagingTransport).close();
  free.abort();
  await stopped;
  expect((await site.milledOnce(0)).slice(1)).toHaveLength(2);
  await eventually(async () => expect(await site.sandbox.depth(QUEUE)).toBe(6));
});
