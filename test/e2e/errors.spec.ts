import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProblemCatalog, statusOf } from '#http';
import { contract } from '../../apps/shop.js';
import type { Reply } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { Shop } from '../support/start-shop.js';
import { lasting, provocations, PROVOCABLE } from './provocations.js';
import { unprovoked } from './unprovoked.js';

const catalog = new ProblemCatalog(contract.problems);
const codes = catalog.all().map(({ code }) => code);
let shop: Shop;
let slow: Promise<Reply>;

beforeAll(async () => {
  shop = await Shop.start({ proxied: true, env: PROVOCABLE });
  // Takes as long as the server is patient: it waits beside the others.
  slow = provocations['request_timeout']!(shop);
});

afterAll(() => shop?.stop());

describe('every code of the contract', () => {
  it('is provoked here, or it is said why it cannot be', () => {
    const known = [...Object.keys(provocations), ...Object.keys(unprovoked)];
    expect(known.toSorted()).toEqual(codes.toSorted());
  });

  it.each(codes.filter((code) => Object.hasOwn(provocations, code)))('%s', async (code) => {
    const reply = code === 'request_timeout' ? await slow : await provocations[code]!(shop);
    const problem = catalog.named(code);
    const [status, title] = [statusOf(problem), problem.title];
    expect(reply.body).toMatchObject({ code, status, title, type: `/problems/${code}` });
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(reply.body.detail).toMatch(/[.!?]$/);
    expect(reply.body.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(reply.body).toHaveProperty('instance');
    expect(reply.headers.get('retry-after')).toBe(problem.retryAfterSeconds?.toString() ?? null);
    expect(JSON.stringify(reply.body)).not.toMatch(/\bat .*\.[jt]s:|SELECT|INSERT|127\.0\.0\.1|postgres:|ioredis/);
  });

  it('has a page that explains it', async () => {
    for (const code of codes) {
      const page = await shop.api().get<string>(`/problems/${code}`, { accept: 'text/html' });
      expect({ code, status: page.status, says: page.body.includes(catalog.named(code).title) }).toEqual({
        code,
        status: 200,
        says: true,
      });
    }
  });

  it('leaves the shop as it should be', async () => {
    const replies = await Promise.all(lasting);
    expect(replies.map((reply) => reply.body.status)).toEqual(['unknown', 'unknown']);
    await eventually(async () => expect((await shop.api().get('/health/ready')).status).toBe(200));
    expect(await violations(shop)).toEqual([]);
  });
});
