import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { Locks } from '#locking';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { Buyer } from '../../../../test/support/buyer.js';
import { asCustomer, CUSTOMER_JWT_SECRET } from '../../../../test/support/customer.js';
import { disclosed } from '../../../../test/support/disclosed.js';

let shop: ApiSandbox;
let sku: string;

beforeAll(async () => {
  shop = await ApiSandbox.open({ CUSTOMER_JWT_SECRET });
  sku = await shop.aProduct({ amount: 1_999, onHand: 10_000 });
});

afterAll(() => shop.close());

const customer = (id: string) => asCustomer(shop.api, id);

const aBuyer = (quantity = 1, of = sku) => Buyer.withCart(shop.api, [{ sku: of, quantity }]);
const problem = (status: number, code: string, more: object = {}) => ({ status, body: { status, code, ...more } });

describe('POST /v1/orders', () => {
  it('answers with the order that now holds the stock', async () => {
    const buyer = await aBuyer(2);
    const { status, headers, body } = await buyer.checkout({}, { deliveryMethod: 'standard' });
    const { body: cart } = await buyer.cart();
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        status: 'pending_payment',
        paymentStatus: 'none',
        fulfilmentStatus: 'unfulfilled',
        currency: 'EUR',
        items: [{ sku, name: `Product ${sku}`, quantity: 2, lineTotal: { amount: 3_998, currency: 'EUR' } }],
        totals: cart.totals,
        email: 'ada@example.com',
        confirmedAt: null,
        version: 1,
      },
    });
    expect(headers.get('location')).toBe(`/v1/orders/${body.id}`);
    expect(headers.get('etag')).toBe('"1"');
    expect(cart).toMatchObject({ status: 'ordered', orderId: body.id });
    expect((await buyer.read(body.id)).body).toEqual(body);
    const add = await buyer.add({ sku, quantity: 1 });
    expect(add).toMatchObject(problem(409, 'cart_already_ordered', { orderId: body.id }));
  });

  it('makes one order and one hold of twenty identical requests with one key', async () => {
    const one = await shop.aProduct({ onHand: 5 });
    const buyer = await aBuyer(1, one);
    const key = { 'idempotency-key': randomUUID() };
    const replies = await Promise.all(Array.from({ length: 20 }, () => buyer.checkout(key)));
    const last = await buyer.checkout(key);
    const created = [...replies, last].filter(({ status }) => status === 201);
    expect(new Set(created.map(({ body }) => body.id)).size).toBe(1);
    expect(created.filter(({ headers }) => headers.get('idempotent-replayed') !== 'true')).toHaveLength(1);
    const others = replies.filter(({ status }) => status !== 201).map(({ body }) => body.code);
    expect(['cart_locked', 'request_in_flight']).toEqual(expect.arrayContaining(others));
    expect(await shop.rows('SELECT reserved FROM inventory.levels WHERE sku = $1', [one])).toEqual([{ reserved: 1 }]);
  });

  it('is refused for a second time with another key, without a key, and for the same key with another body', async () => {
    const buyer = await aBuyer();
    const key = { 'idempotency-key': 'mine' };
    const { body: order } = await buyer.checkout(key);
    expect(await buyer.checkout()).toMatchObject(problem(409, 'cart_already_ordered', { orderId: order.id }));
    expect(await buyer.checkout({ 'idempotency-key': undefined as never })).toMatchObject(
      problem(400, 'idempotency_key_missing'),
    );
    expect(await buyer.checkout(key, { email: 'eve@example.com' })).toMatchObject(
      problem(422, 'idempotency_key_reused'),
    );
    expect((await (await aBuyer()).checkout(key)).body.id).not.toBe(order.id);
  });

  it('says what is short, what the total is now, and that there is nothing to order', async () => {
    const rare = await shop.aProduct({ amount: 700, onHand: 1 });
    const items = [{ sku: rare, requested: 2, available: 1 }];
    expect(await (await aBuyer(2, rare)).checkout()).toMatchObject(problem(409, 'insufficient_stock', { items }));
    const expectedTotal = { amount: 699, currency: 'EUR' };
    expect(await (await aBuyer(1, rare)).checkout({}, { expectedTotal })).toMatchObject(
      problem(409, 'total_changed', { totals: { total: { amount: 700, currency: 'EUR' } } }),
    );
    expect(await (await Buyer.withCart(shop.api)).checkout()).toMatchObject(problem(409, 'cart_empty'));
  });

  it('gives a refusal again to the same key, and decides anew for another one', async () => {
    const rare = await shop.aProduct({ onHand: 0 });
    const buyer = await aBuyer(1, rare);
    const key = { 'idempotency-key': randomUUID() };
    const refused = await buyer.checkout(key);
    expect(refused).toMatchObject(problem(409, 'insufficient_stock'));
    await shop.staff.post(`/v1/admin/stock/${rare}/adjustments`, { delta: 1, reason: 'found one' });
    const again = await buyer.checkout(key);
    expect(again).toMatchObject({ status: 409, body: refused.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await buyer.checkout()).toMatchObject({ status: 201 });
  });

  it('does not order somebody else’s cart', async () => {
    const [mine, theirs] = [await aBuyer(), await aBuyer()];
    expect(await theirs.checkout({}, { cartId: mine.cartId })).toMatchObject(problem(404, 'cart_not_found'));
    expect(await mine.checkout({}, { cartId: newId('cart') })).toMatchObject(problem(404, 'cart_not_found'));
  });

  it('gives way to whoever keeps the cart busy', async () => {
    const buyer = await aBuyer();
    const options = { ttlMs: 10_000, waitMs: 1_000, onUnavailable: 'fail-closed' } as const;
    const refused = await shop.get(Locks).using(`cart:${buyer.cartId}`, options, () => buyer.checkout());
    expect(refused).toMatchObject(problem(409, 'cart_locked'));
    expect(refused.headers.get('retry-after')).toBe('1');
  });

  it('goes on with the database alone when the stock lock is not to be had', async () => {
    const buyer = await aBuyer();
    const options = { ttlMs: 10_000, waitMs: 1_000, onUnavailable: 'fail-closed' } as const;
    const { status } = await shop.get(Locks).using(`stock:${sku}`, options, () => buyer.checkout());
    expect(status).toBe(201);
  });

  const address = { name: 'A', line1: 'B', city: 'C', postalCode: 'D', country: 'DE' };
  it.each([
    ['/email', { email: 'nobody' }],
    ['/email', { email: `${'a'.repeat(250)}@example.com` }],
    ['/email', { email: `${'a'.repeat(65)}@example.com` }],
    ['/email', { email: `a@${'b'.repeat(64)}.com` }],
    ['/email', { email: `a@${'b.'.repeat(126)}com` }],
    ['/email', { email: 'ada@example-.com' }],
    ['/email', { email: 'ada@@example.com' }],
    ['/email', { email: 'ada byron@example.com' }],
    ['/email', { email: 'ada@xn--.example' }],
    ['/email', { email: 'ädä@example.com' }],
    ['/shippingAddress/country', { shippingAddress: { ...address, country: 'XX' } }],
    ['/shippingAddress/country', { shippingAddress: { ...address, country: 'de' } }],
    ['/shippingAddress/city', { shippingAddress: { ...address, city: ' ' } }],
    ['/shippingAddress/city', { shippingAddress: { ...address, city: '\u200b\u2060' } }],
    ['/shippingAddress/postalCode', { shippingAddress: { ...address, postalCode: undefined } }],
    ['/shippingAddress/name', { shippingAddress: { ...address, name: 'A\nB' } }],
    ['/shippingAddress/line1', { shippingAddress: { ...address, line1: 'B'.repeat(201) } }],
    ['/shippingAddress/planet', { shippingAddress: { ...address, planet: 'Mars' } }],
    ['/billingAddress/postalCode', { billingAddress: { ...address, postalCode: undefined } }],
    ['/deliveryMethod', { deliveryMethod: 'by owl' }],
    ['/expectedTotal/amount', { expectedTotal: { amount: 1.5, currency: 'EUR' } }],
    ['/cartId', { cartId: 'cart_1' }],
    ['/total', { total: { amount: 1, currency: 'EUR' } }],
  ])('names %s where it does not fit: %j', async (pointer, more) => {
    const errors = [expect.objectContaining({ pointer })];
    expect(await (await aBuyer()).checkout({}, more)).toMatchObject(problem(422, 'validation_failed', { errors }));
  });
});

describe('what a buyer may be called', () => {
  it.each([
    ['a&b@example.com', 'a&b@example.com'],
    ['ada@example.xn--p1ai', 'ada@example.xn--p1ai'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ["o'neil+shop@sub.example.co.uk", "o'neil+shop@sub.example.co.uk"],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
    ['ada@localhost', 'ada@localhost'],
  ])('takes the e-mail address %s', async (email, stored) => {
    expect(await (await aBuyer()).checkout({}, { email })).toMatchObject({ status: 201, body: { email: stored } });
  });

  it('takes an address without a postal code where the country has none, and text as it was sent', async () => {
    const shippingAddress = { name: ' Ada  Byron ', line1: '香港仔大道 1', city: 'Hong Kong', country: 'HK' };
    expect(await (await aBuyer()).checkout({}, { shippingAddress })).toMatchObject({
      status: 201,
      body: { shippingAddress },
    });
  });
});

describe('an order', () => {
  it('is open to the token of its cart, its customer and staff who may read orders, and hidden from everybody else', async () => {
    const [buyer, other] = [await aBuyer(), await aBuyer()];
    const { id } = await buyer.order();
    expect(await buyer.read(id)).toMatchObject({ status: 200, body: { id } });
    expect(await shop.staff.get(`/v1/orders/${id}`)).toMatchObject({ status: 200, body: { id } });
    const refusals = [
      await other.read(id),
      await shop.api.get(`/v1/orders/${id}`),
      await (await customer('eve')).get(`/v1/orders/${id}`),
      await buyer.read(newId('order')),
      await buyer.read('nonsense'),
      await other.api.get(`/v1/orders/${id}/timeline`),
      await other.api.post(`/v1/orders/${id}/cancel`, undefined),
    ].map(disclosed);
    expect(refusals[0]).toMatchObject({ status: 404, document: { code: 'order_not_found' } });
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
  });

  it('is cancelled once, under its key and its version, and gives the stock back', async () => {
    const one = await shop.aProduct({ onHand: 1 });
    const buyer = await aBuyer(1, one);
    const { id } = await buyer.order();
    const cancel = (headers: Record<string, string>) => buyer.api.post(`/v1/orders/${id}/cancel`, undefined, headers);
    expect(await cancel({ 'if-match': '"2"' })).toMatchObject(problem(412, 'stale_version', { version: 1 }));
    expect(await cancel({ 'idempotency-key': undefined as never })).toMatchObject(
      problem(400, 'idempotency_key_missing'),
    );
    const key = { 'idempotency-key': randomUUID() };
    const [first, again] = [await cancel(key), await cancel(key)];
    expect(first).toMatchObject({ status: 200, body: { status: 'cancelled', version: 2 } });
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(first.headers.get('etag')).toBe('"2"');
    expect(await cancel({})).toMatchObject(problem(409, 'invalid_transition', { from: 'cancelled', to: 'cancelled' }));
    expect(await (await aBuyer(1, one)).checkout()).toMatchObject({ status: 201 });
  });

  it('has a timeline that is read in pages', async () => {
    const buyer = await aBuyer();
    const { id } = await buyer.order();
    await buyer.api.post(`/v1/orders/${id}/cancel`, undefined);
    const timeline = (query = '') => buyer.api.get(`/v1/orders/${id}/timeline${query}`);
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    const placed = {
      seq: 1,
      type: 'order.placed',
      at,
      actor: 'guest',
      data: { total: { amount: 1_999, currency: 'EUR' } },
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    };
    const cancelled = {
      ...placed,
      seq: 2,
      type: 'order.cancelled',
      data: { reason: 'customer' },
    };
    expect(await timeline()).toMatchObject({ status: 200, body: { data: [placed, cancelled], nextCursor: null } });
    const { body: page } = await timeline('?limit=1');
    expect(page.data).toEqual([placed]);
    expect((await timeline(`?limit=1&cursor=${page.nextCursor}`)).body).toEqual({
      data: [cancelled],
      nextCursor: null,
    });
    expect(await timeline('?cursor=bm9uZQ')).toMatchObject(problem(422, 'validation_failed'));
  });
});

it('leaves a shop that keeps its invariants', async () => {
  expect(await shop.violations()).toEqual([]);
});
