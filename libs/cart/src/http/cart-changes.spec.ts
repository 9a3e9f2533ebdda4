import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Locks } from '#locking';
import type { ApiClient } from '../../../../test/support/api-client.js';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { aCart, problem, quantities } from './cart-bench.suite.js';

let shop: ApiSandbox;
let sku: string;

beforeAll(async () => {
  shop = await ApiSandbox.open();
  sku = await shop.aProduct({ amount: 1_999, onHand: 10 });
});

afterAll(() => shop.close());

/** As a client does it: on a slow machine a cart can be busy for too long, and is asked again. */
async function addOne(api: ApiClient, path: string, of: string): Promise<void> {
  for (;;) {
    const { status, body } = await api.post(`${path}/items`, { sku: of, quantity: 1 });
    if (status === 200) return;
    if (body.code !== 'cart_locked') throw new Error(JSON.stringify(body));
  }
}

describe('changing a cart', () => {
  it('adds to what is there, sets, and removes, which may be repeated', async () => {
    const { api, path } = await aCart(shop.api);
    expect(quantities(await api.post(`${path}/items`, { sku, quantity: 2 }))).toEqual([2]);
    const added = await api.post(`${path}/items`, { sku, quantity: 3 });
    expect(added).toMatchObject({ status: 200, body: { version: 3 } });
    expect(quantities(added)).toEqual([5]);
    expect(added.headers.get('etag')).toBe('"3"');
    expect(quantities(await api.put(`${path}/items/${sku}`, { quantity: 1 }))).toEqual([1]);
    expect(await api.delete(`${path}/items/${sku}`)).toMatchObject({ status: 200, body: { items: [] } });
    expect(await api.delete(`${path}/items/${sku}`)).toMatchObject({ status: 200, body: { items: [] } });
    expect(quantities(await api.put(`${path}/items/${sku}`, { quantity: 4 }))).toEqual([4]);
  });

  it('takes effect only on the version that the buyer saw, where he names it', async () => {
    const { api, path } = await aCart(shop.api, [{ sku, quantity: 1 }]);
    const stale = { 'if-match': '"9"' };
    const refused = problem(412, 'stale_version', { version: 1 });
    expect(await api.post(`${path}/items`, { sku, quantity: 1 }, stale)).toMatchObject(refused);
    expect(await api.put(`${path}/items/${sku}`, { quantity: 5 }, stale)).toMatchObject(refused);
    expect(await api.delete(`${path}/items/${sku}`, stale)).toMatchObject(refused);
    const beyond = { 'if-match': '"999999999999999"' };
    expect(await api.put(`${path}/items/${sku}`, { quantity: 5 }, beyond)).toMatchObject(refused);
    expect(quantities(await api.put(`${path}/items/${sku}`, { quantity: 5 }, { 'if-match': '"1"' }))).toEqual([5]);
  });

  it('shows the price of today, and refuses one that the client sends', async () => {
    const cheap = await shop.aProduct({ amount: 100 });
    const { api, path } = await aCart(shop.api, [{ sku: cheap, quantity: 2 }]);
    const priced = { sku: cheap, quantity: 1, price: { amount: 1, currency: 'EUR' } };
    expect(await api.post(`${path}/items`, priced)).toMatchObject(
      problem(422, 'validation_failed', { errors: [expect.objectContaining({ pointer: '/price' })] }),
    );
    await shop.putProduct({ sku: cheap, name: 'Dearer now', price: { amount: 150, currency: 'EUR' } });
    expect(await api.get(path)).toMatchObject({
      body: { items: [{ name: 'Dearer now', unitPrice: { amount: 150 } }], totals: { total: { amount: 300 } } },
    });
  });

  it('keeps an item in sight that is not for sale any more, without a price', async () => {
    const gone = await shop.aProduct();
    const { api, path } = await aCart(shop.api, [{ sku: gone, quantity: 2 }]);
    await shop.putProduct({ sku: gone, name: 'Gone', price: { amount: 1, currency: 'EUR' }, active: false });
    const { body } = await api.get(path);
    expect(body.items).toEqual([
      { sku: gone, name: null, quantity: 2, unitPrice: null, lineTotal: null, available: 0 },
    ]);
    expect(body.totals.total.amount).toBe(0);
    const more = { sku: gone, quantity: 1 };
    expect(await api.post(`${path}/items`, more)).toMatchObject(problem(404, 'product_not_found', { sku: gone }));
  });

  it.each([0, -1, 1.5, 1_000, '2', null])('takes no quantity of %j', async (quantity) => {
    const { api, path } = await aCart(shop.api);
    const refused = problem(422, 'validation_failed', { errors: [expect.objectContaining({ pointer: '/quantity' })] });
    expect(await api.post(`${path}/items`, { sku, quantity })).toMatchObject(refused);
    expect(await api.put(`${path}/items/${sku}`, { quantity })).toMatchObject(refused);
  });

  it('takes no more units than the product allows', async () => {
    const rare = await shop.aProduct({ maxPerOrder: 3 });
    const { api, path } = await aCart(shop.api, [{ sku: rare, quantity: 2 }]);
    const refused = problem(409, 'quantity_limit', { sku: rare, limit: 3 });
    expect(await api.post(`${path}/items`, { sku: rare, quantity: 2 })).toMatchObject(refused);
    expect(await api.put(`${path}/items/${rare}`, { quantity: 4 })).toMatchObject(refused);
    expect(await shop.api.post('/v1/carts', { items: [{ sku: rare, quantity: 4 }] })).toMatchObject(refused);
    expect(quantities(await api.post(`${path}/items`, { sku: rare, quantity: 1 }))).toEqual([3]);
  });

  it('takes no more than 999 units and what an order can be worth', async () => {
    const dear = await shop.aProduct({ amount: 500_000_000_000 });
    const { api, path } = await aCart(shop.api, [{ sku, quantity: 999 }]);
    expect(await api.post(`${path}/items`, { sku, quantity: 1 })).toMatchObject(problem(409, 'quantity_limit'));
    expect(await api.post(`${path}/items`, { sku: dear, quantity: 2 })).toMatchObject(
      problem(409, 'quantity_limit', { limit: 1_000_000_000_000 }),
    );
    expect(quantities(await api.get(path))).toEqual([999]);
  });

  it('is shown also when prices have risen above what an order can be worth', async () => {
    const rising = await shop.aProduct();
    const { api, path } = await aCart(shop.api, [{ sku: rising, quantity: 3 }]);
    await shop.putProduct({ sku: rising, name: 'Very dear', price: { amount: 1_000_000_000_000, currency: 'EUR' } });
    const amount = 3_000_000_000_000;
    expect(await api.get(path)).toMatchObject({
      status: 200,
      body: { items: [{ lineTotal: { amount } }], totals: { total: { amount } } },
    });
  });

  it('takes no more than 100 products, and more of those it has', async () => {
    const price = { amount: 1, currency: 'EUR' };
    const products = Array.from({ length: 100 }, (_, n) => ({ sku: `MANY-${n}`, name: 'One of many', price }));
    await shop.staff.post('/v1/admin/products/import', { products });
    const items = products.map((each) => ({ sku: each.sku, quantity: 1 }));
    const { api, path } = await aCart(shop.api, items);
    expect(await api.post(`${path}/items`, { sku, quantity: 1 })).toMatchObject(
      problem(409, 'quantity_limit', { limit: 100 }),
    );
    expect((await api.post(`${path}/items`, { sku: 'MANY-7', quantity: 1 })).body.items).toHaveLength(100);
  });

  it('is counted once for each key', async () => {
    const { api, path } = await aCart(shop.api);
    const key = { 'idempotency-key': 'add-two' };
    const first = await api.post(`${path}/items`, { sku, quantity: 2 }, key);
    expect(await api.post(`${path}/items`, { sku, quantity: 2 }, key)).toMatchObject({ status: 200, body: first.body });
    expect(quantities(await api.get(path))).toEqual([2]);
  });
});

describe('many changes of one cart', () => {
  it('are all counted when fifty come at once, also those of new products', async () => {
    const { api, path } = await aCart(shop.api);
    const skus = [sku, await shop.aProduct(), await shop.aProduct()];
    await Promise.all(Array.from({ length: 50 }, (_, n) => addOne(api, path, skus[n % 3]!)));
    const cart = await api.get(path);
    expect(quantities(cart).toSorted((left, right) => left - right)).toEqual([16, 17, 17]);
    expect(cart.body.version).toBe(51);
  });

  it('are all counted without the lock service, too', async () => {
    const lockless = await ApiSandbox.open({ LOCK_DRIVER: 'none' });
    try {
      const one = await lockless.aProduct();
      const { api, path } = await aCart(lockless.api);
      await Promise.all(Array.from({ length: 50 }, () => addOne(api, path, one)));
      expect(await api.get(path)).toMatchObject({ body: { items: [{ quantity: 50 }], version: 51 } });
    } finally {
      await lockless.close();
    }
  });

  it('give way to whoever keeps the cart busy, and learn when to come back', async () => {
    const { api, path } = await aCart(shop.api);
    const key = path.replace('/v1/carts/', 'cart:');
    const options = { ttlMs: 10_000, waitMs: 1_000, onUnavailable: 'fail-closed' } as const;
    const refused = await shop.get(Locks).using(key, options, () => api.post(`${path}/items`, { sku, quantity: 1 }));
    expect(refused).toMatchObject(problem(409, 'cart_locked'));
    expect(refused.headers.get('retry-after')).toBe('1');
  });

  it('leave carts that keep their invariants', async () => {
    expect(await shop.violations()).toEqual([]);
  });
});
