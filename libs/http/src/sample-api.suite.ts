import { Body, Controller, Delete, Get, Param, Post, Put, Query, RawBody } from '@nestjs/common';
import type { Response } from 'supertest';
import { z } from 'zod';
import { DatabaseBusy, DatabaseUnavailable } from '#database';
import { assertVersion, DomainError } from '#kernel';
import { contract } from '../../../apps/shop.js';
import { HttpResult, RequestContext, Operation, page, pageOf, pageQuery, ProblemCatalog, statusOf } from './index.js';

const Sample = z
  .strictObject({
    name: z.string().min(1).max(20).meta({ example: 'Mug' }),
    quantity: z.int().min(1).max(99).default(1),
    parts: z.array(z.strictObject({ size: z.number() })).optional(),
  })
  .meta({ id: 'Sample' });
type Sample = z.infer<typeof Sample>;
const SampleParams = z.strictObject({ sampleId: z.string().max(150) });
type SampleParams = z.infer<typeof SampleParams>;

const catalog = new ProblemCatalog(contract.problems);

class Coded extends DomainError {
  constructor(
    private readonly named: string,
    data = {},
  ) {
    super('As the test wants it.', data);
  }

  override get problem() {
    return catalog.find(this.named) ?? super.problem;
  }
}

const FAILURES: Readonly<Record<string, () => Error>> = {
  bug: () => new TypeError('password=hunter2 at host db-1'),
  undeclared: () => new Coded('not_declared'),
  busy: () => new DatabaseBusy(new Error('40P01')),
  unavailable: () => new DatabaseUnavailable(new Error('gone')),
  deadlock: () => Object.assign(new Error('deadlock detected'), { code: '40P01' }),
  refused: () => Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' }),
  lock_backend_unavailable: () => new Coded('lock_backend_unavailable'),
  lock_timeout: () => new Coded('lock_timeout'),
  insufficient_stock: () => new Coded('insufficient_stock', { items: [{ sku: 'A' }], status: 200, code: 'forged' }),
};

/** Routes with everything that a route can have, and failures to order. */
@Controller('v1/samples')
export class SampleController {
  @Post()
  @Operation({
    id: 'createSample',
    summary: 'Make one',
    responses: { 201: Sample },
    idempotencyKey: 'optional',
    errors: ['quantity_limit'],
  })
  create(@Body({ schema: Sample }) body: Sample): HttpResult {
    return HttpResult.created(body, { location: '/v1/samples/1', etag: 1 });
  }

  @Get()
  @Operation({ id: 'listSamples', summary: 'List', responses: { 200: pageOf(z.object({ n: z.int() })) } })
  list(@Query({ schema: pageQuery }) { limit, cursor }: z.infer<typeof pageQuery>): HttpResult {
    const after = Number(cursor ?? 0);
    const rows = [1, 2, 3, 4, 5].filter((n) => n > after).map((n) => ({ n }));
    return HttpResult.ok(page(rows.slice(0, limit + 1), limit, ({ n }) => String(n)));
  }

  @Get(':sampleId')
  @Operation({ id: 'getSample', summary: 'Read', responses: { 200: SampleParams } })
  read(@Param({ schema: SampleParams }) params: SampleParams): HttpResult {
    return HttpResult.ok(params, { etag: 7 });
  }

  @Put(':sampleId')
  @Operation({ id: 'changeSample', summary: 'Change', responses: { 200: null }, ifMatch: 'optional' })
  change(@RequestContext() { expected }: RequestContext): HttpResult {
    assertVersion(expected, 7);
    return HttpResult.ok({ expected: expected ?? 'any' }, { etag: 8 });
  }

  @Delete(':sampleId')
  @Operation({ id: 'removeSample', summary: 'Remove', responses: { 204: null } })
  remove(): HttpResult {
    return HttpResult.of(204, undefined);
  }

  @Post('raw')
  @Operation({ id: 'sendSample', summary: 'Take bytes', responses: { 200: null }, rawBody: true })
  raw(@RawBody() bytes: Buffer): HttpResult {
    return HttpResult.ok({ hex: bytes.toString('hex') });
  }

  @Post('fail/:how')
  @Operation({ id: 'failSample', summary: 'Fail', responses: { 200: null } })
  fail(@Param('how') how: string): HttpResult {
    throw FAILURES[how]?.() ?? new Error('no such failure');
  }
}

/** What every refusal has in common, as it came. */
export const essence = ({ status, headers, body }: Response) => ({
  status,
  body: { status: body.status, code: body.code, type: body.type },
  contentType: headers['content-type'],
  caching: headers['cache-control'],
  sniffing: headers['x-content-type-options'],
});
export const theProblem = (code: string): ReturnType<typeof essence> => {
  const status = statusOf(catalog.named(code));
  return {
    status,
    body: { status, code, type: `/problems/${code}` },
    contentType: 'application/problem+json; charset=utf-8',
    caching: 'no-store',
    sniffing: 'nosniff',
  };
};
