import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import request from 'supertest';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { Answer, ApiKeys, Caller, hashToken, newToken, Operation, SCOPES } from '../index.js';

@Controller('v1')
class WhoController {
  @Get('who')
  @Operation({ summary: 'Who asks', responses: { 200: null } })
  who(@Caller() { staff, ...caller }: Caller): Answer {
    return Answer.ok({ ...caller, ...(staff && { staff: { ...staff, scopes: [...staff.scopes] } }) });
  }

  @Get('stock')
  @Operation({ summary: 'For staff', responses: { 200: null }, scope: 'stock:read' })
  stock(): Answer {
    return Answer.ok({});
  }

  @Get('mine')
  @Operation({ summary: 'For customers', responses: { 200: null }, customer: true })
  mine(): Answer {
    return Answer.ok({});
  }
}

const ADMIN_KEY = `hf_${'a'.repeat(32)}`;
const SECRET = 'a secret of the shop and its identity provider';
const ISSUER = 'https://id.example';
const AUDIENCE = 'shop';

let sandbox: HttpSandbox;
let identityProvider: Server;
let keys: { privateKey: CryptoKey; publicKey: CryptoKey };
let keySetFails = false;

beforeAll(async () => {
  keys = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256' };
  identityProvider = createServer((_, answer) => {
    if (keySetFails) answer.writeHead(500).end();
    else answer.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  await once(identityProvider, 'listening');
  sandbox = await HttpSandbox.open([WhoController], {
    ADMIN_API_KEY: ADMIN_KEY,
    CUSTOMER_JWT_SECRET: SECRET,
    CUSTOMER_JWKS_URL: `http://127.0.0.1:${(identityProvider.address() as AddressInfo).port}/keys`,
    CUSTOMER_JWT_ISSUER: ISSUER,
    CUSTOMER_JWT_AUDIENCE: AUDIENCE,
  });
});
afterAll(async () => {
  await sandbox.close();
  identityProvider.close();
});

const soon = () => Math.floor(Date.now() / 1_000) + 60;
const claims: JWTPayload = { sub: 'c-1', iss: ISSUER, aud: AUDIENCE, exp: soon() };
const signed = (payload: JWTPayload, secret = SECRET, alg = 'HS256') =>
  new SignJWT(payload).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
const get = (path: string, token?: string) => {
  const pending = request(sandbox.url).get(path);
  return token === undefined ? pending : pending.set('authorization', `Bearer ${token}`);
};

describe('a guest', () => {
  it('has nothing, or the hash of a cart’s token', async () => {
    const bare = (await get('/v1/who')).body;
    expect(bare).toMatchObject({ actor: 'guest', idempotencyScope: expect.stringMatching(/^guest:/) });
    const token = newToken();
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const { body } = await get('/v1/who').set('cart-token', token);
    expect(body).toEqual({
      cartTokenHash: hashToken(token),
      actor: 'guest',
      idempotencyScope: `cart:${hashToken(token)}`,
    });
  });

  it('is asked for credentials where some are needed', async () => {
    for (const path of ['/v1/stock', '/v1/mine']) {
      const answer = await get(path);
      expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    }
  });
});

describe('a customer', () => {
  it('is the subject of a token signed with the shared secret or a key of the provider', async () => {
    const symmetric = await signed(claims);
    expect((await get('/v1/who', symmetric)).body).toMatchObject({ customerId: 'c-1', actor: 'customer:c-1' });
    const asymmetric = await new SignJWT({ ...claims, sub: 'c-2' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(keys.privateKey);
    expect((await get('/v1/who', asymmetric)).body).toMatchObject({ customerId: 'c-2' });
    expect((await get('/v1/mine', symmetric)).status).toBe(200);
  });

  it('keeps their cart’s token, and has a key space of their own for each cart', async () => {
    const { body } = await get('/v1/who', await signed(claims)).set('cart-token', 't');
    expect(body).toMatchObject({
      cartTokenHash: hashToken('t'),
      idempotencyScope: `customer:c-1 cart:${hashToken('t')}`,
    });
  });

  it('is no staff', async () => {
    const answer = await get('/v1/stock', await signed(claims));
    expect([answer.status, answer.body.code, answer.body.scope]).toEqual([403, 'insufficient_scope', 'stock:read']);
  });

  it.each([
    ['not signed (alg none)', async () => new UnsecuredJWT(claims).encode()],
    ['signed with another secret', () => signed(claims, 'another secret, just as long as that')],
    ['signed by another algorithm', () => signed(claims, SECRET, 'HS512')],
    ['expired', () => signed({ ...claims, exp: soon() - 3_600 })],
    ['valid for ever', () => signed({ sub: 'c-1', iss: ISSUER, aud: AUDIENCE })],
    ['not valid yet', () => signed({ ...claims, nbf: soon() + 3_600 })],
    ['of another issuer', () => signed({ ...claims, iss: 'https://evil.example' })],
    ['for another audience', () => signed({ ...claims, aud: 'bank' })],
    ['without a subject', () => signed({ iss: ISSUER, aud: AUDIENCE, exp: soon() })],
    ['with a subject that breaks lines', () => signed({ ...claims, sub: 'a\nb' })],
    ['tampered with', async () => (await signed(claims)).replace(/\.[^.]+\./, `.${btoa('{"sub":"c-9"}')}.`)],
    [
      'of a key nobody knows',
      async () =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
          .sign((await generateKeyPair('ES256')).privateKey),
    ],
    ['no token at all', async () => 'nonsense'],
  ])('is refused when the token is %s', async (_, token) => {
    const answer = await get('/v1/who', await token());
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
  });

  it('is told to wait when the provider’s keys cannot be had', async () => {
    keySetFails = true;
    const url = `http://127.0.0.1:${(identityProvider.address() as AddressInfo).port}/keys`;
    const other = await HttpSandbox.open([WhoController], { CUSTOMER_JWKS_URL: url });
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(keys.privateKey);
    const answer = await request(other.url).get('/v1/who').set('authorization', `Bearer ${token}`);
    await other.close();
    expect([answer.status, answer.body.code]).toEqual([503, 'identity_provider_unavailable']);
    expect(answer.headers['retry-after']).toBe('5');
  });
});

describe('staff', () => {
  it('may do everything with the bootstrap key', async () => {
    const { body } = await get('/v1/who', ADMIN_KEY);
    expect(body).toMatchObject({ actor: 'staff:admin', idempotencyScope: 'staff:admin', staff: { scopes: SCOPES } });
    expect((await get('/v1/stock', ADMIN_KEY)).status).toBe(200);
    expect((await get('/v1/mine', ADMIN_KEY)).status).toBe(401);
  });

  it('may do with a key what its scopes say, until it is revoked', async () => {
    const apiKeys = sandbox.get(ApiKeys);
    const { id, key } = await apiKeys.create('warehouse', ['stock:read']);
    const { key: other } = await apiKeys.create('catalogue', ['catalog:write']);
    expect((await get('/v1/who', key)).body).toMatchObject({ actor: `staff:${id}`, staff: { scopes: ['stock:read'] } });
    expect((await get('/v1/stock', key)).status).toBe(200);
    expect((await get('/v1/stock', other)).body.code).toBe('insufficient_scope');
    expect(await apiKeys.revoke(id)).toBe(true);
    expect(await apiKeys.revoke(id)).toBe(false);
    expect((await get('/v1/stock', key)).body.code).toBe('unauthenticated');
    expect(await apiKeys.list()).toMatchObject([{ id, revokedAt: expect.any(Date) }, { label: 'catalogue' }]);
    expect(JSON.stringify(await sandbox.rows('SELECT * FROM http.api_keys'))).not.toContain(key);
  });

  it.each([`hf_${'b'.repeat(32)}`, `${ADMIN_KEY}x`, 'hf_', ADMIN_KEY.toUpperCase().replace('HF_', 'hf_')])(
    'is refused with the wrong key %s, also where none is needed',
    async (key) => {
      for (const path of ['/v1/stock', '/v1/who']) expect((await get(path, key)).body.code).toBe('unauthenticated');
    },
  );

  it.each(['Basic YTpi', 'Bearer', `Bearer ${ADMIN_KEY} ${ADMIN_KEY}`, ADMIN_KEY])(
    'is refused with %s',
    async (header) => {
      const answer = await get('/v1/who').set('authorization', header);
      expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    },
  );
});
