import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import type { ApiClient, Reply } from '../support/api-client.js';
import { Buyer } from '../support/buyer.js';
import { asCustomer, CUSTOMER_JWT_SECRET } from '../support/customer.js';
import { disclosed } from '../support/disclosed.js';
import { aProduct, stockOf } from '../support/products.js';
import { Shop } from '../support/start-shop.js';
import { bodyFor } from './access-bodies.js';

const ADDRESS = { name: 'Eve Canary', line1: 'Canary Row 1', city: 'Monterey', postalCode: '93940', country: 'US' };

interface Route {
  readonly method: string;
  readonly path: string;
}

let shop: Shop;
let sku: string;
let routes: Route[];
/** Everybody who is not the owner: nobody, somebody with another cart, somebody who guesses, somebody logged in. */
let strangers: [who: string, api: ApiClient][];
/** A key opens no cart. To orders it is known: without the scope it is refused with that reason. */
let otherStaff: ApiClient;

beforeAll(async () => {
  shop = await Shop.start({ env: { LOG_LEVEL: 'debug', CUSTOMER_JWT_SECRET } });
  sku = await aProduct(shop, { onHand: 50, amount: 700 });
  const { body } = await shop.api().get('/openapi.json');
  routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => ({ method: method.toUpperCase(), path })),
  );
  const api = shop.api();
  strangers = [
    ['without credentials', api],
    ['with the token of another cart', (await Buyer.withCart(api)).api],
    ['with a token that does not exist', api.as({ 'cart-token': 'A'.repeat(43) })],
    ['with an empty token', api.as({ 'cart-token': '' })],
    ['as another customer', await asCustomer(api, 'mallory')],
  ];
  otherStaff = await shop.withScopes(['catalog:write']);
});

afterAll(() => shop?.stop());

/** Asks as anybody for what the parameters name. */
function ask(api: ApiClient, { method, path }: Route, parameters: Readonly<Record<string, string>>): Promise<Reply> {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? `no-${name}`);
  const body = bodyFor(`${method} ${path}`, sku);
  const headers = { 'idempotency-key': newId('key') };
  return api.send(method, filled, { headers, ...(body !== undefined && { body }) });
}

/** A request that is refused before its command runs is not among them. */
async function rememberedRequests(): Promise<number> {
  const { rows } = await shop.db.query('SELECT count(*)::int AS count FROM commands.idempotency_keys');
  return (rows[0] as { count: number }).count;
}

const routesUnder = (prefix: string) => routes.filter(({ path }) => path.startsWith(prefix));

describe('somebody else’s', () => {
  it('cart is not there, whatever is tried with whatever credentials', async () => {
    const owner = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const claim = '/v1/carts/{cartId}/claim';
    const tried = routesUnder('/v1/carts/{cartId}').filter(({ path }) => path !== claim);
    expect(tried.length).toBeGreaterThanOrEqual(4);
    for (const route of tried) {
      const absent = disclosed(await ask(shop.api(), route, { cartId: newId('cart'), sku }));
      expect(absent).toMatchObject({ status: 404, document: { code: 'cart_not_found' } });
      for (const [who, stranger] of [...strangers, ['as staff', otherStaff] as const]) {
        const refused = await ask(stranger, route, { cartId: owner.cartId, sku });
        expect({ who, route, ...disclosed(refused) }).toEqual({ who, route, ...absent });
      }
    }
    // Only customers take carts over, and only those whose token they can show.
    const taken = await ask(
      await asCustomer(shop.api(), 'mallory'),
      { method: 'POST', path: claim },
      { cartId: owner.cartId },
    );
    expect(taken).toMatchObject({ status: 404, body: { code: 'cart_not_found' } });
    expect((await owner.cart()).body).toMatchObject({ version: 1, items: [{ sku, quantity: 1 }] });
  });

  it('order is not there, whatever is tried with whatever credentials', async () => {
    const owner = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const order = await owner.order();
    const paid = await owner.pay(order.id, 'tok_declined');
    const tried = routesUnder('/v1/orders/{orderId}');
    expect(tried.length).toBeGreaterThanOrEqual(5);
    const remembered = await rememberedRequests();
    for (const route of tried) {
      const absent = disclosed(await ask(shop.api(), route, { orderId: newId('order'), paymentId: newId('pay') }));
      expect(absent).toMatchObject({ status: 404, document: { code: 'order_not_found' } });
      for (const [who, stranger] of strangers) {
        const refused = await ask(stranger, route, { orderId: order.id, paymentId: paid.body.paymentId });
        expect({ who, route, ...disclosed(refused) }).toEqual({ who, route, ...absent });
      }
      const scopeless = await ask(otherStaff, route, { orderId: order.id, paymentId: paid.body.paymentId });
      expect(scopeless).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    }
    expect(await rememberedRequests()).toBe(remembered);
    expect((await owner.read(order.id)).body).toMatchObject({ status: 'pending_payment', paymentStatus: 'none' });
  });

  it('cart cannot be ordered', async () => {
    const owner = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    for (const [who, stranger] of [...strangers, ['as staff', otherStaff] as const]) {
      const body = { cartId: owner.cartId, email: 'eve@example.com', shippingAddress: ADDRESS };
      const refused = await stranger.post('/v1/orders', body);
      expect({ who, status: refused.status, code: refused.body.code }).toEqual({
        who,
        status: 404,
        code: 'cart_not_found',
      });
    }
    expect((await owner.cart()).body.status).toBe('active');
  });

  it('ids in any shape are answered alike, and none reaches the database as it came', async () => {
    const absent = disclosed(await shop.api().get(`/v1/orders/${newId('order')}`));
    for (const id of ['1', newId('cart'), `${newId('order')}'--`, '..%2f..%2fetc', 'ordér', 'x'.repeat(200)]) {
      expect(disclosed(await shop.api().get(`/v1/orders/${id}`))).toEqual(absent);
      expect(disclosed(await shop.api().get(`/v1/orders/${id}/payments/${id}`))).toEqual(absent);
    }
    const nul = await shop.api().get('/v1/orders/%00');
    expect(nul).toMatchObject({ status: 422, body: { errors: [{ in: 'path', pointer: '/orderId' }] } });
  });
});

describe('what is the merchant’s', () => {
  it('asks everybody for a key, and from a key the scope', async () => {
    const tried = routesUnder('/v1/admin/');
    expect(tried.length).toBeGreaterThanOrEqual(6);
    const guest = await Buyer.withCart(shop.api());
    const customer = await asCustomer(shop.api(), 'mallory');
    const [ofCatalog, ofOrders] = [await shop.withScopes(['catalog:write']), await shop.withScopes(['orders:write'])];
    for (const route of tried) {
      for (const nobody of [shop.api(), guest.api]) {
        const refused = await ask(nobody, route, { sku });
        expect({ route, status: refused.status, code: refused.body.code }).toEqual({
          route,
          status: 401,
          code: 'unauthenticated',
        });
      }
      const wrong = /^\/v1\/admin\/(?:orders|payment|refunds|shipments|returns)/.test(route.path)
        ? ofCatalog
        : ofOrders;
      for (const somebody of [customer, wrong]) {
        const refused = await ask(somebody, route, { sku });
        expect({ route, status: refused.status, code: refused.body.code }).toEqual({
          route,
          status: 403,
          code: 'insufficient_scope',
        });
      }
    }
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 50 });
  });

  it('is open to a key that has the scope, for that and nothing else', async () => {
    const reader = await shop.withScopes(['stock:read']);
    expect(await reader.get(`/v1/admin/stock/${sku}`)).toMatchObject({ status: 200, body: { sku } });
    expect(await reader.post(`/v1/admin/stock/${sku}/adjustments`, { delta: 1, reason: 'x' })).toMatchObject({
      status: 403,
      body: { code: 'insufficient_scope', scope: 'stock:write' },
    });
  });

  it.each([
    ['made up', `hf_${'A'.repeat(32)}`],
    ['cut short', 'hf_'],
    ['of no known kind', 'xyz'],
  ])('refuses a key that is %s, on public routes too', async (_, key) => {
    const api = shop.api().as({ authorization: `Bearer ${key}` });
    for (const path of ['/v1/products', '/v1/admin/stock']) {
      expect(await api.get(path)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    }
  });
});

describe('a price that the client sends', () => {
  it('is refused, wherever it stands', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const price = { amount: 1, currency: 'EUR' };
    const order = { cartId: buyer.cartId, email: 'eve@example.com', shippingAddress: ADDRESS };
    const tries = [
      [await buyer.api.post('/v1/carts', { items: [{ sku, quantity: 1, unitPrice: price }] }), '/items/0/unitPrice'],
      [await buyer.api.post(`/v1/carts/${buyer.cartId}/items`, { sku, quantity: 1, price }), '/price'],
      [await buyer.api.put(`/v1/carts/${buyer.cartId}/items/${sku}`, { quantity: 1, lineTotal: price }), '/lineTotal'],
      [await buyer.api.post('/v1/orders', { ...order, totals: { total: price } }), '/totals'],
      [await buyer.api.post('/v1/orders', { ...order, status: 'confirmed' }), '/status'],
    ] as const;
    for (const [reply, pointer] of tries) {
      expect(reply).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ pointer }] } });
    }
    expect((await buyer.cart()).body.totals.total).toEqual({ amount: 700, currency: 'EUR' });
  });

  it('as the total that was shown only refuses the order when it is another one', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 2 }]);
    const refused = await buyer.checkout({}, { expectedTotal: { amount: 2, currency: 'EUR' } });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'total_changed', totals: { total: { amount: 1_400 } } },
    });
    expect((await buyer.order()).totals.total).toEqual({ amount: 1_400, currency: 'EUR' });
  });

  it('with the payment is refused, and the whole total is taken', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 2 }]);
    const order = await buyer.order();
    const method = { type: 'card', token: 'tok_success' };
    const path = `/v1/orders/${order.id}/payments`;
    const cheap = await buyer.api.post(path, { method, amount: { amount: 1, currency: 'EUR' } });
    expect(cheap).toMatchObject({ status: 422, body: { errors: [{ pointer: '/amount' }] } });
    const card = await buyer.api.post(path, { method: { type: 'card', token: '4242424242424242' } });
    expect(card).toMatchObject({ status: 422, body: { errors: [{ pointer: '/method/token' }] } });
    expect(await buyer.pay(order.id)).toMatchObject({
      status: 201,
      body: { amount: { amount: 1_400, currency: 'EUR' } },
    });
  });
});

describe('the log', () => {
  it('names nobody and gives no credential away', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const order = await buyer.checkout({}, { email: 'canary@example.com', shippingAddress: ADDRESS });
    await buyer.pay(order.body.id);
    await shop.staff.get('/v1/admin/stock');
    const output = [...shop.apis, ...shop.workers].map((server) => server.output).join('');
    expect(output).toContain('/v1/orders');
    for (const secret of [
      buyer.cartToken,
      shop.adminKey,
      'canary@example.com',
      'Eve Canary',
      'Canary Row',
      CUSTOMER_JWT_SECRET,
    ]) {
      expect(output).not.toContain(secret);
    }
  });
});
