import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../../../../test/support/api-client.js';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { asCustomer, CUSTOMER_JWT_SECRET, customerBearer } from '../../../../test/support/customer.js';
import { aCart, problem, quantities } from './cart-bench.suite.js';

let shop: ApiSandbox;
let mug: string;
let pen: string;

beforeAll(async () => {
  shop = await ApiSandbox.open({ CUSTOMER_JWT_SECRET });
  mug = await shop.aProduct({ maxPerOrder: 5 });
  pen = await shop.aProduct();
});

afterAll(() => shop.close());

/** A guest's cart, and a client that shows both its token and the bearer token of a customer. */
async function aGuestCart(items: readonly object[], customer: string) {
  const { body } = await shop.api.post('/v1/carts', { items });
  const path = `/v1/carts/${body.id}`;
  const guest = shop.api.as({ 'cart-token': body.token });
  const both = shop.api.as({ 'cart-token': body.token, ...(await customerBearer(customer)) });
  return {
    id: body.id as string,
    path,
    guest,
    both,
    claim: (api: ApiClient = both) => api.post(`${path}/claim`, undefined),
  };
}

describe('a customer who takes over a guest’s cart', () => {
  it('has it, and the guest’s token opens it no more', async () => {
    const { path, guest, claim } = await aGuestCart([{ sku: mug, quantity: 2 }], 'ada');
    const claimed = await claim();
    expect(claimed).toMatchObject({ status: 200, body: { status: 'active', version: 2, mergedCartId: null } });
    expect(claimed.headers.get('etag')).toBe('"2"');
    const ada = await asCustomer(shop.api, 'ada');
    expect(quantities(await ada.get(path))).toEqual([2]);
    expect(await guest.get(path)).toMatchObject(problem(404, 'cart_not_found'));
    expect(await guest.post(`${path}/items`, { sku: mug, quantity: 1 })).toMatchObject(problem(404, 'cart_not_found'));
    expect(await ada.post(`${path}/claim`, undefined)).toMatchObject({ status: 200, body: { version: 2 } });
  });

  it('finds there what they had picked before, up to the limits, and their other cart is merged', async () => {
    const bea = await asCustomer(shop.api, 'bea');
    const own = await aCart(bea, [
      { sku: pen, quantity: 3 },
      { sku: mug, quantity: 4 },
    ]);
    const { claim } = await aGuestCart([{ sku: mug, quantity: 2 }], 'bea');
    const claimed = await claim();
    expect(claimed.body.items).toMatchObject([
      { sku: mug, quantity: 5 },
      { sku: pen, quantity: 3 },
    ]);
    expect(`/v1/carts/${claimed.body.mergedCartId}`).toBe(own.path);
    expect(await bea.get(own.path)).toMatchObject({ status: 200, body: { status: 'merged' } });
    expect(await bea.post(`${own.path}/items`, { sku: pen, quantity: 1 })).toMatchObject(
      problem(404, 'cart_not_found'),
    );
  });

  it('leaves their carts of another currency alone', async () => {
    const cem = await asCustomer(shop.api, 'cem');
    const { body } = await cem.post('/v1/carts', { currency: 'USD' });
    const { claim } = await aGuestCart([{ sku: pen, quantity: 1 }], 'cem');
    expect(await claim()).toMatchObject({ status: 200, body: { mergedCartId: null } });
    expect(await cem.get(`/v1/carts/${body.id}`)).toMatchObject({ body: { status: 'active' } });
  });

  it('orders it, and the order is theirs alone', async () => {
    const { id, guest, claim } = await aGuestCart([{ sku: pen, quantity: 1 }], 'dot');
    await claim();
    const shippingAddress = { name: 'Dot', line1: 'Row 1', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' };
    const dot = await asCustomer(shop.api, 'dot');
    const order = await dot.post('/v1/orders', { cartId: id, email: 'dot@example.com', shippingAddress });
    expect(order.status).toBe(201);
    expect((await dot.get(`/v1/orders/${order.body.id}`)).status).toBe(200);
    expect(await guest.get(`/v1/orders/${order.body.id}`)).toMatchObject(problem(404, 'order_not_found'));
  });
});

describe('a claim is refused', () => {
  it('without a customer, and where the token does not open the cart', async () => {
    const { path, guest, claim } = await aGuestCart([{ sku: pen, quantity: 1 }], 'eve');
    expect(await claim(guest)).toMatchObject(problem(401, 'unauthenticated'));
    expect(await (await asCustomer(shop.api, 'eve')).post(`${path}/claim`, undefined)).toMatchObject(
      problem(404, 'cart_not_found'),
    );
    expect((await guest.get(path)).status).toBe(200);
  });

  it('where another customer has made the cart, though the token opens it', async () => {
    const { body } = await (await asCustomer(shop.api, 'fay')).post('/v1/carts', {});
    const both = shop.api.as({ 'cart-token': body.token, ...(await customerBearer('gus')) });
    expect(await both.post(`/v1/carts/${body.id}/claim`, undefined)).toMatchObject(problem(409, 'cart_of_another'));
  });

  it('once the cart is ordered, and where it has changed since', async () => {
    const { id, path, guest, claim, both } = await aGuestCart([{ sku: pen, quantity: 1 }], 'hal');
    const stale = await both.post(`${path}/claim`, undefined, { 'if-match': '"9"' });
    expect(stale).toMatchObject(problem(412, 'stale_version', { version: 1 }));
    const shippingAddress = { name: 'Hal', line1: 'Row 1', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' };
    const order = await guest.post('/v1/orders', { cartId: id, email: 'hal@example.com', shippingAddress });
    expect(order.status).toBe(201);
    expect(await claim()).toMatchObject(problem(409, 'cart_already_ordered', { orderId: order.body.id }));
  });

  it('to all but one of ten customers who come at once', async () => {
    const { body } = await shop.api.post('/v1/carts', { items: [{ sku: pen, quantity: 2 }] });
    const claims = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const customer = await customerBearer(`racer-${n}`);
        return shop.api.as({ 'cart-token': body.token, ...customer }).post(`/v1/carts/${body.id}/claim`, undefined);
      }),
    );
    expect(claims.filter(({ status }) => status === 200)).toHaveLength(1);
    // Those who came while the token still opened it learn why; to the others it opens nothing.
    const others = claims.filter(({ status }) => status !== 200).map(({ body: refused }) => refused.code);
    expect(others.filter((code) => code !== 'cart_of_another' && code !== 'cart_not_found')).toEqual([]);
  });
});

it('leaves carts that keep their invariants', async () => {
  expect(await shop.violations()).toEqual([]);
});
