/** @servers none */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rawRequest } from '../raw-request.js';
import { takeDeviations } from './answers.js';
import { Contract } from './contract.js';
import type { Exchange } from './exchange.js';

const text = { type: 'string' };
const code = (...codes: string[]) => ({
  allOf: [
    { $ref: '#/components/schemas/Problem' },
    { type: 'object', properties: { code: { enum: codes } }, required: ['code'] },
  ],
});

/** A document with everything that the document of a shop has. */
const document = {
  openapi: '3.1.0',
  paths: {
    '/v1/cups/{cupId}': {
      get: {
        operationId: 'getCup',
        parameters: [{ name: 'cupId', in: 'path', required: true, schema: text }],
        responses: {
          200: {
            headers: { ETag: { $ref: '#/components/headers/ETag' } },
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Cup' } } },
          },
          204: {},
          404: { content: { 'application/problem+json': { schema: code('cup_not_found') } } },
        },
      },
    },
    '/v1/cups/all': { get: { operationId: 'getAll', parameters: [], responses: { 204: {} } } },
  },
  components: {
    headers: { ETag: { required: true, schema: { ...text, pattern: '^"[0-9]+"$' } } },
    schemas: {
      Cup: {
        type: 'object',
        properties: {
          color: text,
          madeAt: { ...text, format: 'date-time' },
          handles: { type: 'array', items: { type: 'object', properties: { side: text } } },
          notes: { type: 'object', additionalProperties: {} },
        },
        required: ['color'],
      },
      Problem: {
        type: 'object',
        properties: { status: { type: 'integer' }, code: text },
        required: ['status', 'code'],
      },
    },
  },
};

const cup: Exchange = {
  method: 'GET',
  target: '/v1/cups/1',
  status: 200,
  headers: new Headers({ 'content-type': 'application/json; charset=utf-8', etag: '"1"' }),
  body: '{"color":"red"}',
};
const problem = (status: number, name: string): Partial<Exchange> => ({
  status,
  headers: new Headers({ 'content-type': 'application/problem+json' }),
  body: JSON.stringify({ status, code: name }),
});

describe('an answer that the document describes', () => {
  it.each<[string, Partial<Exchange>]>([
    ['with a body', {}],
    ['with all members', { body: '{"color":"red","madeAt":"2026-01-01T00:00:00Z","handles":[{"side":"left"}]}' }],
    ['with members of a map', { body: '{"color":"red","notes":{"anything":[1]}}' }],
    ['with a query', { target: '/v1/cups/1?color=red' }],
    ['to HEAD', { method: 'HEAD', body: '' }],
    ['without a body', { status: 204, body: '' }],
    ['of a fixed path beside a parameter', { target: '/v1/cups/all', status: 204, body: '' }],
    ['with a problem', problem(404, 'cup_not_found')],
    ['for a path that there is not', { target: '/v1/saucers', ...problem(404, 'route_not_found') }],
  ])('%s passes', (_, change) => {
    expect(new Contract(document).deviations({ ...cup, ...change })).toEqual([]);
  });
});

describe('an answer that the document does not describe', () => {
  it.each<[string, Partial<Exchange>, string]>([
    ['a status', { status: 202 }, 'getCup declares no status 202'],
    ['a body', { body: '{"color":7}' }, '/color: must be string'],
    ['a format', { body: '{"color":"red","madeAt":"soon"}' }, '/madeAt: must match format "date-time"'],
    ['no JSON', { body: 'red' }, 'the body is not JSON'],
    ['a body where there is none', { status: 204, body: 'red' }, 'a body where none is declared'],
    ['a member that is missing', { body: '{}' }, "must have required property 'color'"],
    [
      'a member',
      { body: '{"color":"red","cost":1}' },
      'must NOT have unevaluated properties {"unevaluatedProperty":"cost"}',
    ],
    [
      'a member deep in the body',
      { body: '{"color":"red","handles":[{"side":"left","cost":1}]}' },
      '/handles/0: must NOT have unevaluated properties',
    ],
    [
      'a media type',
      { headers: new Headers({ etag: '"1"', 'content-type': 'text/html' }) },
      'the media type text/html',
    ],
    [
      'a header that is missing',
      { headers: new Headers({ 'content-type': 'application/json' }) },
      'the header ETag is missing',
    ],
    [
      'a header',
      { headers: new Headers({ 'content-type': 'application/json', etag: 'W/"1"' }) },
      'the header ETag: W/"1": must match pattern',
    ],
    ['a code', problem(404, 'saucer_not_found'), '/code: must be equal to one of the allowed values'],
    [
      'a member of a problem',
      { ...problem(404, 'cup_not_found'), body: '{"status":404,"code":"cup_not_found","sql":"SELECT"}' },
      'must NOT have unevaluated properties {"unevaluatedProperty":"sql"}',
    ],
    [
      'a problem of another status',
      { ...problem(404, 'cup_not_found'), body: '{"status":500,"code":"cup_not_found"}' },
      'status 500 in the body of a 404',
    ],
    ['an operation', { target: '/v1/saucers' }, 'the document has no such operation'],
    ['a method', { method: 'PATCH', ...problem(405, 'method_not_allowed') }, '405 without Allow'],
  ])('is caught: %s', (_, change, deviation) => {
    const found = new Contract(document).deviations({ ...cup, ...change });
    expect(found.join('\n')).toContain(deviation);
  });
});

describe('every spec file', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      response.setHeader('connection', 'close').setHeader('content-type', 'application/json');
      if (request.url === '/openapi.json') response.end(JSON.stringify(document));
      else response.setHeader('etag', '"1"').end('{"color":"red","cost":1}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.close();
  });

  it('fails for a wrong answer, also where it does not look at it', async () => {
    await (await fetch(`${url}/v1/cups/1`)).text();
    await rawRequest(url, 'GET /v1/cups/2 HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n');
    // Left alone, they end the test: see watch-answers.setup.ts.
    expect(takeDeviations()).toEqual([
      expect.stringMatching(/^GET \/v1\/cups\/1 → 200\n.*cost/),
      expect.stringMatching(/^GET \/v1\/cups\/2 → 200\n.*cost/),
    ]);
    expect(takeDeviations()).toEqual([]);
  });
});
