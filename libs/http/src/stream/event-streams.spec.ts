import { Controller, Get, Injectable } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { eventually } from '../../../../test/support/eventually.js';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { StreamClient } from '../../../../test/support/stream-client.js';
import { Operation } from '../index.js';
import type { EventStream } from './event-stream.js';
import type { EventStreamAnswer } from './event-stream-answer.js';
import { EventStreams } from './event-streams.js';

/** Several times what the system keeps of a connection that nobody reads. */
const LARGE_BYTES = 900_000;
const ORIGIN = 'https://shop.example';
const LIMIT = 25;

/** The streams that are open, as whoever feeds them has them. */
@Injectable()
class Feed {
  readonly open: EventStream[] = [];
  stopped = 0;
}

@Controller('v1/ticks')
class TickController {
  constructor(
    private readonly streams: EventStreams,
    private readonly feed: Feed,
  ) {}

  @Get()
  @Operation({ id: 'streamTicks', summary: 'Tick', responses: { 200: z.object({ n: z.int() }) }, eventStream: true })
  one(): EventStreamAnswer {
    return this.streamOf('ticks');
  }

  @Get('other')
  @Operation({ id: 'streamOther', summary: 'Tock', responses: { 200: z.object({ n: z.int() }) }, eventStream: true })
  other(): EventStreamAnswer {
    return this.streamOf('other');
  }

  private streamOf(subject: string): EventStreamAnswer {
    return this.streams.answer(subject, (stream) => {
      this.feed.open.push(stream);
      return () => (this.feed.stopped += 1);
    });
  }
}

let sandbox: HttpSandbox;
let feed: Feed;
const clients: StreamClient[] = [];

async function aStream(path = '/v1/ticks', headers: Record<string, string> = {}): Promise<StreamClient> {
  const client = new StreamClient({ path, headers, url: () => sandbox.url });
  clients.push(client);
  await eventually(() => expect(client.answers).toHaveLength(1));
  return client;
}

const last = (): EventStream => feed.open.at(-1)!;
const metric = async () => /^http_event_streams (\d+)$/m.exec(await (await fetch(`${sandbox.url}/metrics`)).text());
const tick = (n: number, padding = '') => ({ id: String(n), event: 'tick', data: { n, padding } });

async function open(times: Partial<EventStreams['times']> = {}): Promise<void> {
  sandbox = await HttpSandbox.open([TickController], { CORS_ORIGINS: ORIGIN, STREAM_CLIENTS_MAX: String(LIMIT) }, [
    Feed,
  ]);
  feed = sandbox.get(Feed);
  Object.assign(sandbox.get(EventStreams).times, times);
}

async function closeClients(): Promise<void> {
  for (const client of clients.splice(0)) client.close();
  await eventually(() => expect(feed.stopped).toBe(feed.open.length));
}

describe('an event stream', () => {
  beforeAll(() => open());
  afterEach(closeClients);
  afterAll(() => sandbox.close());

  it('brings what is sent, and tells whatever stands between to pass it on at once', async () => {
    const client = await aStream('/v1/ticks', { origin: ORIGIN });
    expect(client.answers[0]).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
        'access-control-allow-origin': ORIGIN,
        'x-content-type-options': 'nosniff',
        'x-request-id': expect.any(String),
      },
    });
    expect(client.answers[0]!.headers['content-encoding']).toBeUndefined();
    for (const event of [tick(1), tick(2, 'line\nbreak')]) last().send(event);
    await eventually(() => expect(client.events).toHaveLength(2));
    expect(client.events).toEqual([tick(1), tick(2, 'line\nbreak')]);
  });

  it('gives its place back when the client goes, and is measured', async () => {
    const client = await aStream();
    expect((await metric())?.[1]).toBe('1');
    client.close();
    await eventually(async () => expect((await metric())?.[1]).toBe('0'));
  });

  it('is limited in number, of one thing and of all', async () => {
    const same = await Promise.all(Array.from({ length: 20 }, () => aStream()));
    expect(same.map(({ answers }) => answers[0]!.status)).toEqual(Array(20).fill(200));
    const refused = await aStream();
    await eventually(() => expect(refused.ends).toEqual(['ended']));
    expect(refused.answers[0]).toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
    expect(JSON.parse(refused.answers[0]!.body)).toMatchObject({ code: 'stream_limit_reached', max: 20 });

    await Promise.all(Array.from({ length: LIMIT - 20 }, () => aStream('/v1/ticks/other')));
    const excess = await aStream('/v1/ticks/other');
    await eventually(() => expect(excess.ends).toEqual(['ended']));
    expect(excess.answers[0]).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(JSON.parse(excess.answers[0]!.body)).toMatchObject({ code: 'too_many_streams' });

    same[0]!.close();
    await eventually(async () => expect((await aStream()).answers[0]!.status).toBe(200));
  });

  it('ends at once for who asks for its head alone', async () => {
    const { status, headers } = await fetch(`${sandbox.url}/v1/ticks`, { method: 'HEAD' });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });

  it('is cut off when more waits for the client than may', async () => {
    const client = await aStream();
    client.pause();
    const stream = last();
    for (let n = 1; n <= 40 && stream.isOpen; n += 1) stream.send(tick(n, 'x'.repeat(LARGE_BYTES)));
    expect(stream.isOpen).toBe(false);
  });
});

describe('as time passes, an event stream', () => {
  afterEach(async () => {
    await closeClients();
    await sandbox.close();
  });

  it('shows that it lives although nothing happens', async () => {
    await open({ beatEveryMs: 50 });
    const client = await aStream();
    await eventually(() => expect(client.comments).toBeGreaterThan(2));
    expect(client.events).toEqual([]);
  });

  it('is cut off when its client takes nothing, and says until then that it is full', async () => {
    await open({ beatEveryMs: 50, stallMaxMs: 300 });
    const reading = await aStream();
    const client = await aStream();
    client.pause();
    const stream = last();
    for (let n = 1; n <= 40 && !stream.isFull; n += 1) {
      stream.send(tick(n, 'x'.repeat(200_000)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([stream.isFull, stream.isOpen]).toEqual([true, true]);
    await eventually(() => expect(stream.isOpen).toBe(false));
    expect(reading.isConnected).toBe(true);
  });

  it('ends when it is old, complete for the client, who comes back', async () => {
    await open({ beatEveryMs: 50, ageMaxMs: 200 });
    const client = await aStream();
    await eventually(() => expect(client.ends).toEqual(['ended']));
  });
});

describe('when the process stops, an event stream', () => {
  it('ends complete, also for a client that does not read, and nobody is waited for', async () => {
    await open();
    const reading = await aStream();
    const deaf = await aStream();
    deaf.pause();
    const stream = last();
    for (let n = 1; n <= 40 && !stream.isFull; n += 1) stream.send(tick(n, 'x'.repeat(200_000)));
    await sandbox.close();
    await eventually(() => expect(reading.ends).toEqual(['ended']));
    expect(feed.stopped).toBe(2);
    for (const client of clients.splice(0)) client.close();
  });
});
