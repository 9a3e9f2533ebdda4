import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { violations } from '../support/invariants.js';
import { aProduct } from '../support/products.js';
import { runServer } from '../support/run-server.js';
import { Shop } from '../support/start-shop.js';
import { createTestDatabase } from '../support/test-database.js';

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.start({ proxied: true, env: { PAYMENT_TIMEOUT_MS: '2000' } });
});

afterAll(() => shop?.stop());

const becomesConfirmed = (buyer: Buyer, orderId: string) =>
  eventually(async () => expect((await buyer.read(orderId)).body.status).toBe('confirmed'), { withinMs: 60_000 });

describe('a process that cannot start', () => {
  it.each([
    ['a wrong setting', { PORT: 'eighty' }, /^holdfast-api did not start: Setting PORT is not usable: .*\n$/],
    ['a wrong URL', { DATABASE_URL: 'mysql://a' }, /^holdfast-api did not start: Setting DATABASE_URL .*postgres.*\n$/],
    ['a key that is too short', { ADMIN_API_KEY: 'hf_1' }, /^holdfast-api did not start: Setting ADMIN_API_KEY .*\n$/],
    ['an address of another machine', { HOST: '192.0.2.1' }, /^holdfast-api did not start: HOST .*\n$/],
  ])('for %s says in one line what to do', async (_, env, line) => {
    const settings = { DATABASE_URL: shop.servers.postgresql.url, PORT: String(await freePort()), ...env };
    expect(await runServer('api', settings)).toEqual({ code: 1, stderr: expect.stringMatching(line) });
  });

  it('for a port in use names the port and the setting', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    for (const [app, variable] of [
      ['api', 'PORT'],
      ['worker', 'WORKER_PORT'],
    ] as const) {
      const env = { DATABASE_URL: shop.servers.postgresql.url, RABBITMQ_NAMESPACE: shop.namespace, [variable]: port };
      const { code, stderr } = await runServer(app, env);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(new RegExp(`:${port} is in use.*${variable}`)),
      });
    }
    taken.close();
  });

  it('for a database that does not answer names the place, and no password', async () => {
    const port = await freePort();
    const env = { DATABASE_URL: `postgres://ada:hunter2secret@127.0.0.1:${port}/shop` };
    const { code, stderr } = await runServer('api', env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`127.0.0.1:${port}/shop`) });
    expect(stderr).not.toContain('hunter2secret');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('for a database without the migrations names the command', async () => {
    const empty = await createTestDatabase();
    try {
      const { code, stderr } = await runServer('api', { DATABASE_URL: empty.url });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('`migrate`') });
    } finally {
      await empty.drop();
    }
  });
});

describe('what operators and clients read', () => {
  it('documents every operation, and every documented one exists', async () => {
    const { status, body } = await shop.api().get('/openapi.json');
    expect([status, body.openapi]).toEqual([200, expect.stringMatching(/^3\.1\./)]);
    for (const [path, operations] of Object.entries(body.paths as Record<string, object>)) {
      for (const method of Object.keys(operations)) {
        const reply = await shop.api().send(method.toUpperCase(), path.replaceAll(/[{}]/g, ''), {});
        expect({ method, path, code: reply.body.code }).not.toMatchObject({
          code: expect.stringMatching(/^(route_not_found|method_not_allowed)$/),
        });
        expect(reply.status).not.toBe(500);
      }
    }
  });

  it('documents every event, and names neither the broker nor its password', async () => {
    const { status, headers, body } = await shop.api().get('/asyncapi.json');
    expect([status, body.asyncapi]).toEqual([200, '3.0.0']);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body.channels['payment.captured.v1'].bindings.amqp.exchange.name).toBe(`${shop.namespace}.events`);
    expect(body.operations['receive.order.payment-captured'].action).toBe('receive');
    expect(JSON.stringify(body)).not.toContain(new URL(shop.servers.rabbitmq.url).host);
    expect((await shop.api().get('/openapi.json')).body.info.description).toContain('(/asyncapi.json)');
  });

  it('has a page to read and try the API, with everything that the page needs', async () => {
    const page = await shop.api().get<string>('/docs');
    expect(page).toMatchObject({ status: 200 });
    const parts = [...page.body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1]!);
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts)
      expect({ part, status: (await shop.api().get(part)).status }).toEqual({ part, status: 200 });
  });

  it('is printed by the commands without anything that a terminal obeys, whatever the label of a key says', async () => {
    const label = 'a\nb\u001B[31m\u202E';
    const [id] = (await shop.cli('keys', 'create', '--label', label, '--scopes', 'ops:read')).split('\n');
    const listed = await shop.cli('keys', 'list');
    expect(listed).toMatch(new RegExp(String.raw`^${id}  .*  a\\nb\\u001b\[31m\\u202e$`, 'm'));
    const shown = String.raw`"label":"a\nb\u001b[31m\u202e"`;
    expect(await shop.cli('audit', '--subject', `api_key:${id}`)).toContain(shown);
    const refused = { code: 1, stderr: expect.stringMatching(/^There is no live key \\u001b\[31m\. [^\n]+\n$/) };
    await expect(shop.cli('keys', 'revoke', '\u001B[31m')).rejects.toMatchObject(refused);
  });

  it('counts what happens, without naming anybody', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const order = await buyer.order();
    await buyer.pay(order.id);
    const { headers, body } = await shop.api().get<string>('/metrics');
    expect(headers.get('content-type')).toContain('text/plain');
    const charges = body.split('\n').filter((line) => line.startsWith('payment_provider_call_duration_seconds_count'));
    expect(charges).toEqual([expect.stringMatching(/call="create".*outcome="captured".* 1$/)]);
    expect(body.match(/(?:order|cart|pay)_[0-9a-z]{26}/g)).toBeNull();
  });
});

describe('a process that is asked to stop', () => {
  it('answers what it has begun, takes nothing new, and ends with 0', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const order = await buyer.order();
    const waiting = buyer.pay(order.id, 'tok_timeout');
    await eventually(async () => {
      const { rows } = await shop.db.query('SELECT 1 FROM payment.sandbox_charges WHERE merchant_reference = $1', [
        order.id,
      ]);
      expect(rows).toHaveLength(1);
    });
    const ended = shop.apis[0]!.kill('SIGTERM');
    await eventually(async () => {
      await expect(fetch(`${shop.apis[0]!.url}/health/live`)).rejects.toThrow('fetch failed');
    });
    expect(await waiting).toMatchObject({ status: 201, body: { status: 'unknown' } });
    expect(await ended).toBe(0);
    await shop.apis[0]!.start();
    await becomesConfirmed(buyer, order.id);
  });

  it('ends with 0 when a worker is stopped in the middle of its work, and nothing is lost', async () => {
    const sku = await aProduct(shop, { onHand: 20 });
    const buyers = await Promise.all(
      Array.from({ length: 20 }, () => Buyer.withCart(shop.api(), [{ sku, quantity: 1 }])),
    );
    const orders = await Promise.all(buyers.map((buyer) => buyer.order()));
    const paying = Promise.all(buyers.map((buyer, index) => buyer.pay(orders[index].id)));
    expect(await shop.workers[0]!.kill('SIGINT')).toBe(0);
    await paying;
    await shop.workers[0]!.start();
    for (const [index, buyer] of buyers.entries()) await becomesConfirmed(buyer, orders[index].id);
    expect(await violations(shop)).toEqual([]);
  });
});
