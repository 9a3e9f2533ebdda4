import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import request from 'supertest';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { hashToken, newToken } from '#kernel';
import { contract } from '../../../../apps/shop.js';
import { HttpResult, ApiKeys, Caller, Operation } from '../index.js';

@Controller('v1')
class WhoController {
  @Get('who')
  @Operation({ id: 'operation0', summary: 'Who asks', responses: { 200: null } })
  who(@Caller() { staff, ...caller }: Caller): HttpResult {
    return HttpResult.ok({ ...caller, ...(staff && { staff: { ...staff, scopes: [...staff.scopes] } }) });
  }

  @Get('stock')
  @Operation({ id: 'operation1', summary: 'For staff', responses: { 200: null }, scope: 'stock:read' })
  stock(): HttpResult {
    return HttpResult.ok({});
  }

  @Get('mine')
  @Operation({ id: 'operation2', summary: 'For customers', responses: { 200: null }, customer: true })
  mine(): HttpResult {
    return HttpResult.ok({});
  }
}

const ADMIN_KEY = `hf_${'a'.repeat(32)}`;
const SECRET = 'a secret of the shop and its identity provider';
const [ISSUER, AUDIENCE] = ['https://id.example', 'shop'];
const ENDLESS_KEY_SET = `{"keys":[{"kty":"OKP"}],"padding":"${'x'.repeat(300_000)}"}`;

let sandbox: HttpSandbox;
let identityProvider: Server;
let keys: { privateKey: CryptoKey; publicKey: CryptoKey };
/** Answers the request for the key set in place of the keys. */
let keySetFails: ((answer: ServerResponse) => void) | undefined;

beforeAll(async () => {
  keys = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256' };
  identityProvider = createServer((_, answer) => {
    if (keySetFails) keySetFails(answer);
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
/** The last character of a signature has bits to spare: several of them decode to the same bytes. */
const withOtherLastBits = (token: string) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)!) ^ 1];
};
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
      address: '127.0.0.1',
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
      idempotencyScope: `cart:${hashToken('t')} customer:c-1`,
    });
  });

  it.each(['x'.repeat(255), 'CN=Ada Byron,O=Shop', 'аделаида', 'c-1 cart:0'])(
    'may have the subject %s',
    async (sub) => {
      const { body } = await get('/v1/who', await signed({ ...claims, sub }));
      expect(body).toMatchObject({ customerId: sub, actor: `customer:${sub}`, idempotencyScope: `customer:${sub}` });
    },
  );

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
    ['with a number as its subject', () => signed({ ...claims, sub: 77 as never })],
    ['with an object as its subject', () => signed({ ...claims, sub: { toString: 'x' } as never })],
    ['with an endless subject', () => signed({ ...claims, sub: 'x'.repeat(256) })],
    ['with half of a surrogate pair in its subject', () => signed({ ...claims, sub: 'a\ud800' })],
    ['with U+0000 in its subject', () => signed({ ...claims, sub: 'a\0' })],
    ['with an empty subject', () => signed({ ...claims, sub: '' })],
    ['with a list as its subject', () => signed({ ...claims, sub: ['c-1'] as never })],
    ['valid from a time as text', () => signed({ ...claims, nbf: '0' as never })],
    ['issued at a time as text', () => signed({ ...claims, iat: '0' as never })],
    ['with a time as text', () => signed({ ...claims, exp: 'tomorrow' as never })],
    ['padded', async () => `${await signed(claims)}=`],
    ['padded inside', async () => (await signed(claims)).replace('.', '=.')],
    ['followed by bits that count for nothing', async () => withOtherLastBits(await signed(claims))],
    [
      'bound to an extension that nobody knows',
      async () =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256', crit: ['http://example/x'], 'http://example/x': true })
          .sign(new TextEncoder().encode(SECRET), { crit: { 'http://example/x': true } }),
    ],
    [
      'signed with the public key as a secret',
      async () => signed(claims, JSON.stringify(await exportJWK(keys.publicKey))),
    ],
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

  it.each<[string, (answer: ServerResponse) => void]>([
    ['an error', (answer) => answer.writeHead(500).end()],
    ['a page', (answer) => answer.setHeader('content-type', 'text/html').end('<h1>Welcome</h1>')],
    ['no keys', (answer) => answer.end('{}')],
    ['an empty list of keys', (answer) => answer.end('{"keys":[]}')],
    ['more than a key set can have', (answer) => answer.end(ENDLESS_KEY_SET)],
    ['nothing but null', (answer) => answer.end('null')],
    ['a way elsewhere', (answer) => answer.writeHead(302, { location: '/other' }).end()],
    ['keys of another shape', (answer) => answer.end('{"keys":"all"}')],
    [
      'a key that is none',
      (answer) => answer.end('{"keys":[{"kty":"EC","kid":"k1","alg":"ES256","crv":"P-256","x":"!"}]}'),
    ],
    ['a connection that ends', (answer) => answer.destroy()],
  ])('is asked to wait when the provider answers with %s instead of its keys', async (_, fails) => {
    keySetFails = fails;
    const url = `http://127.0.0.1:${(identityProvider.address() as AddressInfo).port}/keys`;
    const other = await HttpSandbox.open([WhoController], { CUSTOMER_JWKS_URL: url });
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(keys.privateKey);
    const answer = await request(other.url).get('/v1/who').set('authorization', `Bearer ${token}`);
    await other.close();
    keySetFails = undefined;
    expect([answer.status, answer.body.code]).toEqual([503, 'identity_provider_unavailable']);
    expect(answer.headers['retry-after']).toBe('5');
  });
});

describe('staff', () => {
  it('may do everything with the bootstrap key', async () => {
    const { body } = await get('/v1/who', ADMIN_KEY);
    expect(body).toMatchObject({ actor: 'staff:admin', idempotencyScope: 'staff:admin' });
    expect(body.staff.scopes).toEqual(contract.scopes);
    expect((await get('/v1/stock', ADMIN_KEY)).status).toBe(200);
    expect((await get('/v1/mine', ADMIN_KEY)).status).toBe(401);
  });

  it('may do with a key what its scopes say, until it is revoked', async () => {
    const apiKeys = sandbox.get(ApiKeys);
    const { id, key } = await apiKeys.create('warehouse', ['stock:read'], 'cli:spec');
    const { key: other } = await apiKeys.create('catalogue', ['catalog:write'], 'cli:spec');
    expect((await get('/v1/who', key)).body).toMatchObject({ actor: `staff:${id}`, staff: { scopes: ['stock:read'] } });
    expect((await get('/v1/stock', key)).status).toBe(200);
    expect((await get('/v1/stock', other)).body.code).toBe('insufficient_scope');
    expect(await apiKeys.revoke(id, 'cli:spec')).toBe(true);
    expect(await apiKeys.revoke(id, 'cli:spec')).toBe(false);
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
