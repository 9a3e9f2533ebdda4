import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiKeys } from '#http';
import { Locks } from '#locking';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { Buyer } from '../../../../test/support/buyer.js';

let shop: ApiSandbox;
let sku: string;

beforeAll(async () => {
  shop = await ApiSandbox.open();
  sku = await shop.aProduct({ onHand: 1_000 });
});

afterAll(() => shop.close());

const aBuyer = () => Buyer.withCart(shop.api, [{ sku, quantity: 1 }]);
/** How many requests are remembered. */
const kept = () => shop.rows('SELECT count(*)::int AS count FROM commands.idempotency_keys');
const problem = (status: number, code: string, more: object = {}) => ({ status, body: { status, code, ...more } });

describe('a checkout', () => {
  it('tells a stranger at once that there is no such cart, and neither locks it nor remembers the request', async () => {
    const [mine, stranger] = [await aBuyer(), await aBuyer()];
    const options = { ttlMs: 10_000, waitMs: 1_000, onUnavailable: 'fail-closed' } as const;
    const before = await kept();
    const answers = await shop
      .get(Locks)
      .using(`cart:${mine.cartId}`, options, () =>
        Promise.all([
          stranger.checkout({}, { cartId: mine.cartId }),
          stranger.api.post(`/v1/carts/${mine.cartId}/items`, { sku, quantity: 1 }),
          stranger.api.put(`/v1/carts/${mine.cartId}/items/${sku}`, { quantity: 1 }),
          stranger.api.delete(`/v1/carts/${mine.cartId}/items/${sku}`),
        ]),
      );
    for (const answer of answers) expect(answer).toMatchObject(problem(404, 'cart_not_found'));
    expect(await kept()).toEqual(before);
  });

  it('orders the version of the cart that If-Match names, and no other', async () => {
    const buyer = await aBuyer();
    const key = { 'idempotency-key': randomUUID() };
    expect(await buyer.checkout({ 'if-match': '"7"' })).toMatchObject(problem(412, 'stale_version', { version: 1 }));
    const first = await buyer.checkout({ ...key, 'if-match': '"7", "1"' });
    expect(first.status).toBe(201);
    // The stored answer comes again, although the cart has changed by it.
    expect(await buyer.checkout({ ...key, 'if-match': '"1"' })).toMatchObject({ status: 201, body: first.body });
  });
});

describe('an order', () => {
  it('is not locked by a stranger’s request, which is not remembered, and a stored answer is not shown to one', async () => {
    const [mine, stranger] = [await aBuyer(), await aBuyer()];
    const { id } = await mine.order();
    const key = { 'idempotency-key': randomUUID() };
    const cancel = `/v1/orders/${id}/cancel`;
    const before = await kept();
    const options = { ttlMs: 10_000, waitMs: 1_000, onUnavailable: 'fail-closed' } as const;
    const refused = await shop
      .get(Locks)
      .using(`order:${id}`, options, () => stranger.api.post(cancel, undefined, key));
    expect(refused).toMatchObject(problem(404, 'order_not_found'));
    expect(await kept()).toEqual(before);
    const first = await mine.api.post(cancel, undefined, { ...key, 'if-match': '"1"' });
    expect(first.status).toBe(200);
    expect(await stranger.api.post(cancel, undefined, key)).toMatchObject(problem(404, 'order_not_found'));
    const again = await mine.api.post(cancel, undefined, { ...key, 'if-match': '"1"' });
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('is read and cancelled by staff with the scopes for it, who are named in its timeline', async () => {
    const { id } = await (await aBuyer()).order();
    const { key, id: keyId } = await shop.get(ApiKeys).create('support', ['orders:read', 'orders:write'], 'cli:spec');
    const support = shop.api.as({ authorization: `Bearer ${key}` });
    expect(await support.get(`/v1/orders/${id}`)).toMatchObject({ status: 200, body: { id } });
    expect((await support.get('/v1/orders?limit=1')).body.data).toMatchObject([{ id }]);
    expect(await support.post(`/v1/orders/${id}/cancel`, undefined)).toMatchObject({ status: 200 });
    const { body } = await support.get(`/v1/orders/${id}/timeline`);
    expect(body.data.at(-1)).toMatchObject({
      type: 'order.cancelled',
      actor: `staff:${keyId}`,
      data: { reason: 'staff' },
    });
    const warehouse = await shop.get(ApiKeys).create('warehouse', ['stock:read'], 'cli:spec');
    const other = shop.api.as({ authorization: `Bearer ${warehouse.key}` });
    const forbidden = problem(403, 'insufficient_scope', { scope: 'orders:read' });
    expect(await other.get(`/v1/orders/${id}`)).toMatchObject(forbidden);
    expect(await other.get('/v1/orders')).toMatchObject(forbidden);
    expect(await other.get('/v1/orders', { 'cart-token': 'of no cart' })).toMatchObject(forbidden);
    expect(await other.post(`/v1/orders/${id}/cancel`, undefined)).toMatchObject(problem(403, 'insufficient_scope'));
  });
});
