import { afterAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { z } from 'zod';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { eventually } from '../../../../test/support/eventually.js';
import { freePort } from '../../../../test/support/free-port.js';
import { Transactions } from '#database';
import { HttpResult } from '../operation/http-result.js';
import { ApiKeys } from '../caller/api-keys.js';
import { DomainError, newToken } from '#kernel';
import { Operation } from '../operation/operation.decorator.js';
import { RateBucketPurge } from './rate-bucket-purge.js';

const Done = z.object({ done: z.boolean() });

class CartNotFound extends DomainError {
  static override readonly problem = { code: 'cart_not_found', kind: 'not_found', title: 'Cart not found' } as const;
}

@Controller('v1')
class LimitedController {
  @Get('anything')
  @Operation({ id: 'limited1', summary: 'Anything', responses: { 200: Done } })
  anything(): HttpResult {
    return HttpResult.ok({ done: true });
  }

  @Get('carts/unknown')
  @Operation({
    id: 'limited2',
    summary: 'A cart that no token opens',
    responses: { 200: Done },
    errors: [CartNotFound.problem],
  })
  cart(): HttpResult {
    throw new CartNotFound('No such cart.');
  }
}

const opened = new Map<string, Promise<HttpSandbox>>();
/** Opening one takes longer than all that is asked of it, so tests with the same settings share one and use addresses of their own. */
function sandboxWith(env: Record<string, string>): Promise<HttpSandbox> {
  const settings = JSON.stringify(env);
  const sandbox = opened.get(settings) ?? HttpSandbox.open([LimitedController], { ...SETTINGS, ...env });
  opened.set(settings, sandbox);
  return sandbox;
}
afterAll(async () => {
  await Promise.all([...opened.values()].map(async (sandbox) => (await sandbox).close()));
});
const SETTINGS = {
  RATE_LIMIT: 'on',
  // A busy machine must not make the store look away.
  RATE_LIMIT_TIMEOUT_MS: '5000',
  REDIS_KEY_PREFIX: `spec-${newToken()}:`,
  TRUSTED_PROXIES: '127.0.0.0/8',
  RATE_LIMIT_ADDRESS_PER_MINUTE: '20',
  RATE_LIMIT_BUYER_PER_MINUTE: '5',
  RATE_LIMIT_API_KEY_PER_MINUTE: '24',
  RATE_LIMIT_WRONG_CREDENTIALS_PER_MINUTE: '3',
};

const get = (sandbox: HttpSandbox, from: string, headers: Record<string, string> = {}, path = '/v1/anything') =>
  request(sandbox.url)
    .get(path)
    .set({ 'x-forwarded-for': from, ...headers });
/** One after the other, so that the order of the answers is known. */
async function statuses(count: number, ask: () => PromiseLike<{ status: number }>): Promise<number[]> {
  const seen: number[] = [];
  for (let index = 0; index < count; index += 1) seen.push((await ask()).status);
  return seen;
}
const refusedOf = (seen: readonly number[]) => seen.filter((status) => status === 429).length;

describe.each(['redis', 'postgres', 'memory'])('rate limits kept in %s', (store) => {
  it('let an address have its requests, then refuse it and nobody else', async () => {
    const sandbox = await sandboxWith({ RATE_LIMIT_STORE: store });
    const first = await get(sandbox, '192.0.2.1');
    expect(first.status).toBe(200);
    expect(first.headers['ratelimit-policy']).toBe('"address";q=20;w=60');
    expect(first.headers['ratelimit']).toMatch(/^"address";r=19;t=\d+$/);
    const seen = await statuses(22, () => get(sandbox, '192.0.2.1'));
    expect(refusedOf(seen.slice(0, 19))).toBe(0);
    expect(refusedOf(seen)).toBeGreaterThan(0);
    // By fetch, so that the document is asked whether it describes the answer.
    const refused = await fetch(`${sandbox.url}/v1/anything`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'rate_limited', policy: 'address' }]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit')).toMatch(/^"address";r=0;t=\d+$/);
    expect((await get(sandbox, '192.0.2.2')).status).toBe(200);
    expect((await get(sandbox, '192.0.2.1', {}, '/health/live')).status).toBe(200);
    expect((await request(sandbox.url).get('/metrics')).text).toMatch(
      /rate_limit_refused_total\{[^}]*policy="address"[^}]*\} [1-9]/,
    );
  });

  it('stop wrong bearer tokens, API keys and cart tokens, also many at once', async () => {
    const sandbox = await sandboxWith({ RATE_LIMIT_STORE: store });
    const wrong: [string, Record<string, string>, string][] = [
      ['192.0.2.10', { authorization: 'Bearer nonsense' }, '/v1/anything'],
      ['192.0.2.11', { authorization: `Bearer hf_${'x'.repeat(30)}` }, '/v1/anything'],
      ['192.0.2.12', { 'cart-token': newToken() }, '/v1/carts/unknown'],
    ];
    for (const [from, headers, path] of wrong) {
      const seen = await statuses(5, () => get(sandbox, from, headers, path));
      expect([from, refusedOf(seen.slice(0, 3)), refusedOf(seen.slice(3))]).toEqual([from, 0, 2]);
      // Only what shows credentials is held up.
      expect((await get(sandbox, from)).status).toBe(200);
      expect((await get(sandbox, from, headers, path)).body.policy).toBe('wrong-credentials');
    }
    await Promise.all(Array.from({ length: 12 }, () => get(sandbox, '192.0.2.13', wrong[0]![1])));
    await eventually(async () => expect((await get(sandbox, '192.0.2.13', wrong[0]![1])).status).toBe(429));
  });

  it('give each guest and each API key a limit of their own', async () => {
    const sandbox = await sandboxWith({ RATE_LIMIT_STORE: store });
    const [ada, bob] = [{ 'cart-token': newToken() }, { 'cart-token': newToken() }];
    const seen = await statuses(7, () => get(sandbox, '192.0.2.20', ada));
    expect([refusedOf(seen.slice(0, 5)), seen[6]]).toEqual([0, 429]);
    const fromElsewhere = await get(sandbox, '192.0.2.21', ada);
    expect([fromElsewhere.status, fromElsewhere.body.policy]).toEqual([429, 'guest']);
    expect((await get(sandbox, '192.0.2.20', bob)).headers['ratelimit']).toMatch(
      /"address";r=\d+;t=\d+, "guest";r=4;t=\d+/,
    );
    const { key } = await sandbox.get(ApiKeys).create('till', ['orders:read'], 'cli:spec');
    const machine = await statuses(40, () => get(sandbox, '192.0.2.22', { authorization: `Bearer ${key}` }));
    // A known key counts for itself and not for its address, whose limit is lower.
    expect([refusedOf(machine.slice(0, 24)), machine.includes(429)]).toEqual([0, true]);
  });
});

describe('rate limits', () => {
  it('count an IPv6 network of 64 bits, and an IPv4 address in IPv6 form, as one address', async () => {
    const sandbox = await sandboxWith({ RATE_LIMIT_STORE: 'memory' });
    await statuses(21, () => get(sandbox, `2001:db8:0:1::${Math.ceil(Math.random() * 9_999)}`));
    expect((await get(sandbox, '2001:db8:0:1:ffff::1')).status).toBe(429);
    expect((await get(sandbox, '2001:db8:0:2::1')).status).toBe(200);
    await statuses(21, () => get(sandbox, '::ffff:192.0.2.30'));
    expect((await get(sandbox, '192.0.2.30')).status).toBe(429);
  });

  it('believe X-Forwarded-For of nobody who is not named as a proxy', async () => {
    const sandbox = await sandboxWith({ RATE_LIMIT_STORE: 'memory', TRUSTED_PROXIES: '' });
    const seen = await statuses(22, () => get(sandbox, `192.0.2.${Math.ceil(Math.random() * 250)}`));
    expect(seen.at(-1)).toBe(429);
  });

  it('are off unless they are switched on or the shop is in production', async () => {
    const sandbox = await sandboxWith({ RATE_LIMIT: '' });
    const answer = await get(sandbox, '192.0.2.50');
    expect(answer.headers['ratelimit']).toBeUndefined();
    expect(refusedOf(await statuses(30, () => get(sandbox, '192.0.2.50')))).toBe(0);
  });

  it('leave nothing in PostgreSQL of callers who have been away', async () => {
    const sandbox = await sandboxWith({ RATE_LIMIT_STORE: 'postgres' });
    await get(sandbox, '192.0.2.60');
    await get(sandbox, '192.0.2.61');
    await sandbox.rows(`UPDATE http.rate_buckets SET at = now() - interval '1 hour' WHERE key LIKE '%192.0.2.60'`);
    const purge = new RateBucketPurge(sandbox.get(Transactions));
    expect([await purge.run(), await purge.run()]).toEqual([1, 0]);
  });

  it.each(['redis', 'postgres'])('go on in the process while %s is away, and refuse nobody for it', async (store) => {
    const nobody = `redis://127.0.0.1:${await freePort()}`;
    const sandbox = await sandboxWith({ RATE_LIMIT_STORE: store, ...(store === 'redis' && { REDIS_URLS: nobody }) });
    if (store === 'postgres') await sandbox.rows('DROP TABLE http.rate_buckets');
    const seen = await statuses(26, () => get(sandbox, '192.0.2.40'));
    expect([refusedOf(seen.slice(0, 20)), seen.includes(429)]).toEqual([0, true]);
  });
});
