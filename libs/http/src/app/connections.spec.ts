import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../../../../test/support/eventually.js';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { SampleController } from '../sample-api.suite.js';

let sandbox: HttpSandbox;
beforeAll(async () => {
  sandbox = await HttpSandbox.open([SampleController], { CORS_ORIGINS: 'https://shop.example,http://localhost:5173' });
});
afterAll(() => sandbox.close());

function open(): Socket {
  const { port, hostname } = new URL(sandbox.url);
  return connect(Number(port), hostname);
}

/** Everything that the server sends until it ends the connection. */
async function speak(...texts: string[]): Promise<string> {
  const socket = open();
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  for (const text of texts) {
    const before = heard.length;
    socket.write(text);
    if (text !== texts.at(-1)) await eventually(() => assert(heard.length > before));
  }
  await once(socket, 'close');
  return heard;
}

const LAST = 'connection: close\r\n';
const get = (headers: string) => `GET /v1/samples/1 HTTP/1.1\r\n${headers}\r\n`;

describe('a request that HTTP allows and this API does not take is answered by a problem document:', () => {
  it.each([
    ['no Host', get(LAST), 400, 'bad_request'],
    ['two Hosts', get(`host: a\r\nhost: b\r\n${LAST}`), 400, 'bad_request'],
    ['Expect: tea', get(`host: a\r\nexpect: tea\r\n${LAST}`), 417, 'expectation_failed'],
    [
      'a body that is compressed on the way',
      get(`host: a\r\ntransfer-encoding: gzip, chunked\r\n${LAST}`) + '0\r\n\r\n',
      501,
      'not_implemented',
    ],
    ['1,000 headers', get(`host: a\r\n${'x: 1\r\n'.repeat(1_000)}${LAST}`), 431, 'headers_too_large'],
    ['17 KiB of headers', get(`host: a\r\nx: ${'a'.repeat(17_000)}\r\n`), 431, 'headers_too_large'],
    ['two lengths', get(`host: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n${LAST}`), 400, 'bad_request'],
    [
      'a length and chunks',
      get(`host: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n${LAST}`),
      400,
      'bad_request',
    ],
    [
      'a bad chunk',
      `POST /v1/samples HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
      400,
      'bad_request',
    ],
    ['a space in a name', get(`host: a\r\nx y: 1\r\n${LAST}`), 400, 'bad_request'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'bad_request'],
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n', 405, 'method_not_allowed'],
    ['a method that nobody knows', 'BREW / HTTP/1.1\r\nhost: a\r\n\r\n', 400, 'bad_request'],
    ['something else', 'HELLO\r\n\r\n', 400, 'bad_request'],
  ])('%s', async (_, text, status, code) => {
    const answer = await speak(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain(`"code":"${code}"`);
  });

  it('CONNECT, with the methods that there are: none', async () => {
    expect(await speak('CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n')).toMatch(/\r\nallow: \r\n/);
  });

  it('too many headers in the second request of a connection, after the answer to the first', async () => {
    const heard = await speak(get('host: a\r\n'), get(`host: a\r\nx: ${'a'.repeat(20_000)}\r\n`));
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 431']);
  });
});

describe('a client', () => {
  it('that hangs up in the middle of a body is no failure of the database or of the shop', async () => {
    const socket = open();
    socket.write(
      'POST /v1/samples HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"na',
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = sandbox.lines.length;
    socket.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await request(sandbox.url).get('/v1/samples/1');
    await eventually(() => expect(sandbox.lines.slice(before).join('')).toContain('"msg":"request"'));
    const said = sandbox.lines.slice(before).join('');
    expect(said).not.toMatch(/database_unavailable|"level":"(warn|error)"|internal_error/);
  });

  it('that sends hundreds of requests and reads nothing is disconnected', async () => {
    const socket = open();
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(get('host: a\r\n').repeat(300));
    await once(socket.resume(), 'close');
    expect(socket.destroyed).toBe(true);
  });
});

const preflight = (origin: string) =>
  request(sandbox.url)
    .options('/v1/samples')
    .set({ origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'cart-token' });

describe('a browser on another origin', () => {
  it.each(['https://shop.example', 'http://localhost:5173'])(
    'may call from %s, with every header of the API',
    async (origin) => {
      const allowed = await preflight(origin);
      expect(allowed.status).toBe(204);
      expect(allowed.headers).toMatchObject({
        'access-control-allow-origin': origin,
        vary: expect.stringContaining('Origin'),
      });
      for (const name of ['Cart-Token', 'Idempotency-Key', 'If-Match', 'Authorization'])
        expect(allowed.headers['access-control-allow-headers']).toContain(name);
      const refused = await request(sandbox.url).post('/v1/samples').set('origin', origin).send({});
      expect(refused.status).toBe(422);
      expect(refused.headers['access-control-allow-origin']).toBe(origin);
      for (const name of ['ETag', 'Location', 'Retry-After', 'Idempotent-Replayed'])
        expect(refused.headers['access-control-expose-headers']).toContain(name);
    },
  );

  it.each(['https://evil.example', 'https://shop.example.evil.example', 'null'])('may not from %s', async (origin) => {
    expect((await preflight(origin)).headers['access-control-allow-origin']).toBeUndefined();
    const answer = await request(sandbox.url).get('/v1/samples').set('origin', origin);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});
