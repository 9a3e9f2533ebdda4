import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { HttpSandbox } from '../../../test/support/http-sandbox.js';
import { essence, theProblem, SampleController } from './sample-api.suite.js';

let sandbox: HttpSandbox;
beforeAll(async () => {
  sandbox = await HttpSandbox.open([SampleController]);
});
afterAll(() => sandbox.close());

const http = () => request(sandbox.url);
const postSample = (body: object) => http().post('/v1/samples').send(body);

const speak = async (text: string): Promise<string> => {
  const { port, hostname } = new URL(sandbox.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('utf8');
};

const change = (header?: string) => {
  const pending = http().put('/v1/samples/1');
  return header === undefined ? pending : pending.set('if-match', header);
};

const fail = (how: string) => http().post(`/v1/samples/fail/${how}`);

describe('an answer', () => {
  it('carries its status, its body, the version as a strong ETag and where to find what was made', async () => {
    const answer = await postSample({ name: 'Mug' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ name: 'Mug', quantity: 1 });
    expect(answer.headers).toMatchObject({ etag: '"1"', location: '/v1/samples/1', 'cache-control': 'no-store' });
    expect(answer.headers['x-powered-by']).toBeUndefined();
  });

  it('may have no body', async () => {
    const answer = await http().delete('/v1/samples/1');
    expect([answer.status, answer.text]).toEqual([204, '']);
  });

  it('names a trace of its own, and notes the client’s beside it', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await http().get('/v1/nothing').set('traceparent', `00-${traceId}-b7ad6b7169203331-01`);
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.headers['x-request-id']).not.toBe(traceId);
    expect(answer.body.traceId).toBe(answer.headers['x-request-id']);
    expect(sandbox.lines.join('')).toContain(`"client_trace_id":"${traceId}"`);
  });

  it('has the bytes of the request at hand where a signature needs them', async () => {
    const answer = await http().post('/v1/samples/raw').type('json').send('{ "a":1 }');
    expect(answer.body.hex).toBe(Buffer.from('{ "a":1 }').toString('hex'));
  });
});

describe('a path or query', () => {
  it('is checked like a body, and the error says where', async () => {
    const answer = await http().get('/v1/samples?limit=0&sort=name&limit2=%00');
    expect(essence(answer)).toEqual(theProblem('validation_failed'));
    expect(answer.body.errors).toMatchObject([{ pointer: '/limit', code: 'too_small', in: 'query' }]);
    expect((await http().get('/v1/samples?sort=%00&%00=1')).status).toBe(200);
    const other = await http().get('/v1/samples?limit=0&cursor=%21');
    expect(other.body.errors).toEqual([
      expect.objectContaining({ pointer: '/limit', code: 'too_small', in: 'query' }),
      expect.objectContaining({ pointer: '/cursor', code: 'invalid_value', in: 'query' }),
    ]);
    expect((await http().get('/v1/samples?limit=1&sort=name')).status).toBe(200);
    expect(essence(await http().get('/v1/samples?limit=1&limit=2'))).toEqual(theProblem('validation_failed'));
    expect(essence(await http().get('/v1/samples/a%00b'))).toEqual(theProblem('validation_failed'));
  });

  it('walks a list to its end by the cursor, which nobody else can make up', async () => {
    const seen: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer: request.Response = await http().get(`/v1/samples?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...answer.body.data.map(({ n }: { n: number }) => n));
      cursor = answer.body.nextCursor;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    for (const cursor of ['', '!!!', 'a', '__8', 'QQBC']) {
      const answer = await http().get(`/v1/samples?cursor=${cursor}`);
      expect(essence(answer)).toEqual(theProblem('validation_failed'));
      expect(answer.body.errors).toMatchObject([{ pointer: '/cursor' }]);
    }
  });

  it('that is malformed, too long or unknown is refused with its own problem', async () => {
    expect(essence(await http().get('/v1/samples/%ff'))).toEqual(theProblem('bad_request'));
    expect(essence(await http().get(`/v1/samples/${'a'.repeat(2_001)}`))).toEqual(theProblem('uri_too_long'));
    expect(essence(await http().get('/v1/nothing'))).toEqual(theProblem('route_not_found'));
    expect(essence(await http().get('/'))).toEqual(theProblem('route_not_found'));
    expect((await http().get('/v1/nothing?token=secret')).body.instance).toBe('/v1/nothing');
  });

  it('with a wrong method names the right ones', async () => {
    const answer = await http().patch('/v1/samples/1');
    expect(essence(answer)).toEqual(theProblem('method_not_allowed'));
    expect(answer.headers['allow']).toBe('DELETE, GET, HEAD, PUT');
  });
});

describe('a connection', () => {
  it('that is not HTTP gets a problem document and is closed', async () => {
    const answer = await speak('HELLO\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"bad_request"');
  });

  it('with more than 16 KiB of headers is refused', async () => {
    const answer = await speak(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(17_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"code":"headers_too_large"');
  });
});

describe('a header that an operation does not declare', () => {
  it.each([{ 'idempotency-key': '"' }, { 'idempotency-key': 'a'.repeat(256) }])(
    'is ignored, whatever it says: %j',
    async (header) => {
      expect((await http().put('/v1/samples/1').set(header)).status).toBe(200);
    },
  );
});

describe('If-Match', () => {
  it('lets the current version pass, any with * and any without the header', async () => {
    expect((await change('"7"')).body).toEqual({ expected: [7] });
    expect((await change('"6", W/"7", "7"')).body).toEqual({ expected: [6, 7] });
    expect((await change('"6",, "7",')).body).toEqual({ expected: [6, 7] });
    expect((await change('*')).body).toEqual({ expected: 'any' });
    expect((await change()).body).toEqual({ expected: 'any' });
  });

  it.each(['W/"7"', '"007"', '"7.0"', '"seven"', '"-1"', '""', '"6", "8"', '"6,7"', '",7,"', '"*"'])(
    'matches nothing with %s',
    async (header) => {
      expect(essence(await change(header))).toEqual(theProblem('stale_version'));
    },
  );

  it('refuses a stale version and tells the current one', async () => {
    const answer = await change('"6"');
    expect(essence(answer)).toEqual(theProblem('stale_version'));
    expect(answer.body.version).toBe(7);
  });

  it.each(['7', '"7', 'w/"7"', '"7", 8', '"7" "8"', '*, "7"', ',', ''])('refuses %j', async (header) => {
    expect(essence(await change(header))).toEqual(theProblem('if_match_invalid'));
  });
});

describe('a failure', () => {
  it('tells what the error knows, and lets it replace nothing of the document', async () => {
    const answer = await fail('insufficient_stock');
    expect(essence(answer)).toEqual(theProblem('insufficient_stock'));
    expect(answer.body).toMatchObject({ items: [{ sku: 'A' }], detail: 'As the test wants it.' });
  });

  it.each(['bug', 'undeclared', 'refused'])(
    'that nobody foresaw (%s) says nothing of the inside and stands in the log',
    async (how) => {
      const answer = await fail(how);
      expect(essence(answer)).toEqual(theProblem('internal_error'));
      expect(answer.text).not.toMatch(/hunter2|db-1|stack|\.ts|not_declared|As the test/);
      const line = sandbox.lines.find((each) => each.includes(answer.body.traceId) && each.includes('"level":"error"'));
      expect(line).toMatch(/sample-api\.suite/);
      expect(answer.text).not.toContain('10.1.2.3');
    },
  );

  it.each([
    ['busy', 'database_busy'],
    ['deadlock', 'database_busy'],
    ['unavailable', 'database_unavailable'],
    ['lock_backend_unavailable', 'lock_backend_unavailable'],
    ['lock_timeout', 'lock_timeout'],
  ] as const)('that passes by itself (%s) is 503 with Retry-After', async (how, code) => {
    const answer = await fail(how);
    expect(essence(answer)).toEqual(theProblem(code));
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('the log', () => {
  it('has one line a request with trace, method, template, status and time, and nothing of who asked for what', async () => {
    const before = sandbox.lines.length;
    const answer = await http()
      .get('/v1/samples/canary-path?limit=canary-query')
      .set({ 'cart-token': 'canary-token', 'idempotency-key': 'canary-key', 'user-agent': 'canary-agent' });
    const added = sandbox.lines.slice(before);
    expect(added).toHaveLength(1);
    expect(JSON.parse(added[0]!)).toMatchObject({
      msg: 'request',
      trace_id: answer.headers['x-request-id'],
      method: 'GET',
      route: '/v1/samples/:sampleId',
      status: 200,
      ms: expect.any(Number),
    });
    await postSample({ name: 'a', email: 'canary@example.com', ['canary-member']: 1 });
    await http().get('/v1/samples').set('authorization', 'Bearer hf_canary');
    await http().get('/canary-route?canary=1');
    expect(sandbox.lines.slice(before).join('')).not.toContain('canary');
  });
});

// Last, because the log of another application replaces that of the first.
describe('a trace', () => {
  it('goes on with the client’s trace where that is trusted', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const trusting = await HttpSandbox.open([SampleController], { TRUST_TRACEPARENT: 'yes' });
    const answer = await request(trusting.url)
      .get('/v1/nothing')
      .set('traceparent', `00-${traceId}-b7ad6b7169203331-01`);
    await trusting.close();
    expect(answer.headers['x-request-id']).toBe(traceId);
    expect(answer.body.traceId).toBe(traceId);
  });
});
