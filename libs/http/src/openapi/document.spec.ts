import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { HealthChecks } from '#observability';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { contract } from '../../../../apps/shop.js';
import { HttpResult, ProblemCatalog, statusOf } from '../index.js';
import { essence, theProblem, SampleController } from '../sample-api.suite.js';

const catalog = new ProblemCatalog(contract.problems);
let sandbox: HttpSandbox;
beforeAll(async () => {
  sandbox = await HttpSandbox.open([SampleController]);
});
afterAll(() => sandbox.close());

const http = () => request(sandbox.url);

describe('operations', () => {
  it('tell that the process lives, and is ready as long as what it needs answers', async () => {
    expect((await http().get('/health/live')).body).toEqual({ status: 'live' });
    const ready = await http().get('/health/ready');
    expect([ready.status, ready.body.checks]).toEqual([200, [{ name: 'postgresql', ok: true, critical: true }]]);
    const broken = { name: 'rabbitmq', critical: true, check: () => Promise.reject(new Error('no')) };
    sandbox.get(HealthChecks).register(broken);
    const unready = await http().get('/health/ready');
    expect(essence(unready)).toEqual(theProblem('not_ready'));
    expect(unready.body).toMatchObject({ failing: ['rabbitmq'], detail: 'No answer from: rabbitmq.' });
    sandbox.get(HealthChecks).register({ ...broken, check: () => Promise.resolve() });
  });

  it('measure each route by its template', async () => {
    await http().get('/v1/samples/1');
    const { text, headers } = await http().get('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(text).toMatch(
      /http_server_request_duration_seconds_count\{method="GET",route="\/v1\/samples\/:sampleId",status="200"\} \d+/,
    );
    expect(text).not.toContain('canary');
  });

  it('explain every problem to people and programs', async () => {
    const all = await http().get('/problems');
    expect(all.body.data.map(({ code }: { code: string }) => code)).toEqual(catalog.all().map(({ code }) => code));
    const one = await http().get('/problems/quantity_limit');
    expect(one.body).toMatchObject({ code: 'quantity_limit', status: 409, operations: ['POST /v1/samples'] });
    const html = await http().get('/problems/quantity_limit').set('accept', 'text/html');
    expect(html.headers['content-type']).toContain('text/html');
    expect(html.text).toContain('quantity_limit');
    expect(essence(await http().get('/problems/constructor'))).toEqual(theProblem('route_not_found'));
  });

  it('serve a page to read and try the API, with scripts of this server only', async () => {
    const { text, headers } = await http().get('/docs');
    const policy = headers['content-security-policy'];
    expect(policy).toContain("script-src 'self';");
    expect(text).not.toMatch(/<script(?![^>]*src="\/docs\/)/);
    const sources = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source!);
    expect(sources).toHaveLength(4);
    for (const source of sources) expect((await http().get(source)).status).toBe(200);
    expect(essence(await http().get('/docs/assets/package.json'))).toEqual(theProblem('route_not_found'));
    expect(essence(await http().get('/docs/assets/..%2f..%2fpackage.json'))).toEqual(theProblem('route_not_found'));
  });
});

describe('the OpenAPI document', () => {
  it('is 3.1, with every reference resolved, and every operation’s problems by status', async () => {
    const { body: document } = await http().get('/openapi.json');
    expect(document.openapi).toBe('3.1.0');
    const text = JSON.stringify(document);
    expect(text).not.toContain('$defs');
    for (const [, reference] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = reference!.split('/').reduce((node: any, part) => node?.[part], document);
      expect([reference, typeof target]).toEqual([reference, 'object']);
    }
    const operations = Object.values<any>(document.paths).flatMap((item) => Object.values<any>(item));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { responses } of operations) {
      for (const [status, { content }] of Object.entries<any>(responses)) {
        const examples = content?.['application/problem+json']?.examples ?? {};
        for (const code of Object.keys(examples)) {
          expect([code, statusOf(catalog.named(code))]).toEqual([code, Number(status)]);
        }
      }
    }
  });

  it('says of an operation what its controller says', async () => {
    const { body: document } = await http().get('/openapi.json');
    const { post, get } = document.paths['/v1/samples'];
    expect(post).toMatchObject({
      operationId: 'createSample',
      summary: 'Make one',
      tags: ['samples'],
      parameters: [{ $ref: '#/components/parameters/IdempotencyKey' }],
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/SampleInput' } } } },
      responses: { 201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Sample' } } } } },
    });
    expect(Object.keys(post.responses).map(Number)).toEqual([
      201, 400, 401, 408, 409, 413, 414, 415, 417, 422, 429, 431, 500, 501, 503,
    ]);
    expect(get.parameters).toMatchObject([
      {
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      },
      { name: 'cursor', in: 'query', required: false },
    ]);
    expect(document.components.schemas.SampleInput.required).toEqual(['name']);
    expect(document.components.schemas.Sample.required).toEqual(['name', 'quantity']);
    expect(document.paths['/v1/samples/{sampleId}'].put.parameters).toEqual([
      { $ref: '#/components/parameters/IfMatch' },
    ]);
  });

  it('ends the start of a process that has a route nobody guards', async () => {
    @Controller('v1/open')
    class OpenController {
      @Get()
      read(): HttpResult {
        return HttpResult.ok({});
      }
    }
    await expect(HttpSandbox.open([OpenController])).rejects.toThrow(/OpenController\.read .* lacks @Operation/);
  });
});
