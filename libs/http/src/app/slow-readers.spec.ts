import type { Server, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { HttpAdapterHost } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { eventually } from '../../../../test/support/eventually.js';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { endSlowReaders } from './connections.js';
import { IDLE_TIMEOUT_MS } from './limits.js';

const ASSET = '/docs/assets/swagger-ui-bundle.js';
/** Several times what the system keeps of a connection that nobody reads. */
const LARGE_BYTES = 32_000_000;

const sockets: Socket[] = [];
function open(url: string): Socket {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => undefined); // The server ends it on purpose.
  return socket;
}

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
/** Made, and not taken by the system yet. */
const isQueued = (response: ServerResponse): boolean => response.writableEnded && !response.writableFinished;

const isCutOff = (response: ServerResponse): boolean => response.destroyed && !response.writableFinished;

describe('a client that hardly reads', () => {
  const limitMs = 500;
  let app: FastifyInstance;
  let url: string;

  beforeAll(async () => {
    app = fastify();
    endSlowReaders(app, limitMs);
    const body = Buffer.alloc(LARGE_BYTES);
    app.get('/large', async () => body);
    app.get('/slow', async () => {
      await setTimeout(2 * limitMs);
      return 'worked for a while';
    });
    url = await app.listen({ port: 0, host: '127.0.0.1' });
  });

  afterAll(() => app.close());

  it('is disconnected when an answer is not taken in time, although something moves now and then', async () => {
    const socket = open(url);
    socket.write('GET /large HTTP/1.1\r\nhost: a\r\n\r\n');
    let taken = 0;
    const trickling = setInterval(() => {
      taken += (socket.read(1_000) as Buffer | null)?.length ?? 0;
    }, 20);
    await eventually(() => expect(taken).toBeGreaterThan(0));
    await eventually(async () => expect(await connectionsOf(app.server)).toBe(0));
    clearInterval(trickling);
    expect(taken).toBeLessThan(LARGE_BYTES);
  });

  it('has as much time as others for an answer that takes long to make', async () => {
    expect(await (await fetch(`${url}/slow`)).text()).toBe('worked for a while');
  });
});

describe('a connection', () => {
  let sandbox: HttpSandbox;
  let server: Server;
  let responses: ServerResponse[];

  beforeAll(async () => {
    sandbox = await HttpSandbox.open([]);
    server = sandbox.get(HttpAdapterHost).httpAdapter.getHttpServer() as Server;
    server.on('request', (_request, response: ServerResponse) => responses.push(response));
  });

  beforeEach(() => {
    responses = [];
  });

  afterAll(() => sandbox.close());

  it('keeps no more than one answer waiting, however many requests have come', async () => {
    const socket = open(sandbox.url);
    socket.pause().write(`GET ${ASSET} HTTP/1.1\r\nhost: a\r\n\r\n`.repeat(40));
    await eventually(() => expect(responses).toHaveLength(40));
    await eventually(() => expect(responses.some(isQueued)).toBe(true));
    await setTimeout(300);
    expect(responses.filter(isQueued)).toHaveLength(1);
    const size = (await (await fetch(sandbox.url + ASSET)).arrayBuffer()).byteLength;
    const queued = responses.reduce((sum, response) => sum + response.writableLength, 0);
    expect(queued).toBeLessThanOrEqual(size + 1_000);
    let taken = 0;
    socket.on('data', (bytes: Buffer) => (taken += bytes.length)).resume();
    // All are answered once they are read.
    await eventually(() => expect(taken).toBeGreaterThan(40 * size));
  });

  it('is ended when nothing moves on it for the idle time', async () => {
    expect(server.timeout).toBe(IDLE_TIMEOUT_MS);
    server.setTimeout(300);
    const socket = open(sandbox.url);
    socket.pause().write(`GET ${ASSET} HTTP/1.1\r\nhost: a\r\n\r\n`.repeat(10));
    await eventually(() => expect(responses.some(isQueued)).toBe(true));
    await eventually(() => expect(responses.some(isCutOff)).toBe(true));
    server.setTimeout(IDLE_TIMEOUT_MS);
  });
});
