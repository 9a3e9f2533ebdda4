import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { aProduct, stockOf } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('a buyer', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.start();
  });

  afterAll(() => shop?.stop());

  it('fills a cart, orders, pays, and gets the goods committed', async () => {
    const sku = await aProduct(shop, { onHand: 5, amount: 1_250 });
    const product = await shop.api().get(`/v1/products/${sku}`);
    expect(product).toMatchObject({ status: 200, body: { sku, price: eur(1_250), available: 5 } });

    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const cart = await buyer.add({ sku, quantity: 1 });
    expect(cart).toMatchObject({
      status: 200,
      body: {
        status: 'active',
        items: [{ sku, quantity: 2, unitPrice: eur(1_250), lineTotal: eur(2_500), available: 5 }],
        totals: { subtotal: eur(2_500), total: eur(2_500) },
      },
    });

    const placed = await buyer.checkout({}, { expectedTotal: eur(2_500) });
    expect(placed).toMatchObject({
      status: 201,
      body: {
        status: 'pending_payment',
        paymentStatus: 'none',
        fulfilmentStatus: 'unfulfilled',
        totals: { total: eur(2_500) },
      },
    });
    const order = placed.body;
    expect(placed.headers.get('location')).toBe(`/v1/orders/${order.id}`);
    expect(Date.parse(order.reservationExpiresAt)).toBeGreaterThan(Date.now());
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 5, reserved: 2, available: 3 });

    const paid = await buyer.pay(order.id);
    expect(paid).toMatchObject({
      status: 201,
      body: { orderId: order.id, status: 'captured', amount: eur(2_500), provider: 'sandbox' },
    });
    const location = paid.headers.get('location');
    expect(location).toBe(`/v1/orders/${order.id}/payments/${paid.body.id}`);
    expect(await buyer.api.get(location!)).toMatchObject({ status: 200, body: paid.body });

    const confirmed = await confirmedOrder(buyer, order.id);
    expect(confirmed).toMatchObject({ paymentStatus: 'paid', email: 'ada@example.com' });
    expect(Date.parse(confirmed.confirmedAt)).toBeGreaterThanOrEqual(Date.parse(confirmed.placedAt));
    await eventually(async () => {
      const { body } = await shop.staff.get(`/v1/admin/stock/${sku}/reservations`);
      expect(body.data).toMatchObject([{ orderId: order.id, quantity: 2, status: 'committed', expiresAt: null }]);
    });
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 5, reserved: 2, available: 3 });
  });

  it('reads in the timeline what happened to the order, in its order', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const order = await buyer.order();
    await buyer.pay(order.id);
    await confirmedOrder(buyer, order.id);
    const { status, body } = await buyer.api.get(`/v1/orders/${order.id}/timeline`);
    expect(status).toBe(200);
    expect(body.data.map((fact: { seq: number }) => fact.seq)).toEqual(
      body.data.map((_: unknown, index: number) => index + 1),
    );
    const types: string[] = body.data.map((fact: { type: string }) => fact.type);
    expect(types[0]).toBe('order.placed');
    expect(types.at(-1)).toBe('order.confirmed');
    const first = await buyer.api.get(`/v1/orders/${order.id}/timeline?limit=1`);
    expect(first.body.data).toEqual(body.data.slice(0, 1));
    const next = await buyer.api.get(`/v1/orders/${order.id}/timeline?limit=100&cursor=${first.body.nextCursor}`);
    expect(next.body).toEqual({ data: body.data.slice(1), nextCursor: null });
  });

  it('changes only the version that was read', async () => {
    const sku = await aProduct(shop);
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const seen = await buyer.cart();
    const etag = seen.headers.get('etag')!;
    expect(etag).toBe(`"${seen.body.version}"`);
    const item = `/v1/carts/${buyer.cartId}/items/${sku}`;
    const changed = await buyer.api.put(item, { quantity: 3 }, { 'if-match': etag });
    expect(changed).toMatchObject({ status: 200, body: { items: [{ quantity: 3 }] } });
    const stale = await buyer.api.put(item, { quantity: 9 }, { 'if-match': etag });
    expect(stale).toMatchObject({ status: 412, body: { code: 'stale_version', version: changed.body.version } });
    const removed = await buyer.api.delete(item, { 'if-match': changed.headers.get('etag')! });
    expect(removed).toMatchObject({ status: 200, body: { items: [] } });
    expect(await buyer.api.delete(item)).toMatchObject({ status: 200, body: { items: [] } });
  });

  it('pays only the version of the order that was read, and gets the stored answer although the version has passed', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const { id, version } = await buyer.order();
    const stale = await buyer.pay(id, 'tok_success', { 'if-match': `"${version + 1}", W/"${version}"` });
    expect(stale).toMatchObject({ status: 412, body: { code: 'stale_version', version } });
    const charges = 'SELECT count(*)::int AS count FROM payment.sandbox_charges WHERE merchant_reference = $1';
    expect((await shop.db.query(charges, [id])).rows).toEqual([{ count: 0 }]);
    const headers = { 'if-match': `"${version}"`, 'idempotency-key': randomUUID() };
    const paid = await buyer.pay(id, 'tok_success', headers);
    expect(paid.status).toBe(201);
    const again = await buyer.pay(id, 'tok_success', headers);
    expect(again).toMatchObject({ status: 201, body: paid.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const stranger = await Buyer.withCart(shop.api());
    expect(await stranger.pay(id, 'tok_success', headers)).toMatchObject({ status: 404 });
  });

  it('can be served by staff who pay for them, and is named in the timeline as such', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const { id } = await buyer.order();
    const paid = await shop.staff.post(`/v1/orders/${id}/payments`, { method: { type: 'card', token: 'tok_success' } });
    expect(paid).toMatchObject({ status: 201, body: { orderId: id, status: 'captured' } });
    const { body } = await buyer.api.get(`/v1/orders/${id}/timeline`);
    expect(body.data[1]).toMatchObject({ type: 'order.payment_started', actor: 'staff:admin' });
  });

  it('can pay after a refusal, with another card', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const order = await buyer.order();
    const refused = await buyer.pay(order.id, 'tok_declined');
    expect(refused).toMatchObject({ status: 402, body: { code: 'payment_declined', declineCode: 'card_declined' } });
    const attempt = await buyer.api.get(`/v1/orders/${order.id}/payments/${refused.body.paymentId}`);
    expect(attempt.body).toMatchObject({ status: 'declined', declineCode: 'card_declined' });
    expect((await buyer.read(order.id)).body).toMatchObject({ status: 'pending_payment', paymentStatus: 'none' });
    expect(await buyer.pay(order.id)).toMatchObject({ status: 201, body: { status: 'captured' } });
    await confirmedOrder(buyer, order.id);
  });

  it('gets the same reply when a request is repeated, refusals too', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const order = await buyer.order();
    for (const token of ['tok_declined', 'tok_success']) {
      const key = { 'idempotency-key': `"${randomUUID()}"` };
      const first = await buyer.pay(order.id, token, key);
      const again = await buyer.pay(order.id, token, key);
      expect(first.headers.get('idempotent-replayed')).toBeNull();
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect([again.status, again.body]).toEqual([first.status, first.body]);
    }
    const { rows } = await shop.db.query('SELECT status FROM payment.attempts WHERE order_id = $1', [order.id]);
    expect(rows).toHaveLength(2);
  });

  it('loses nothing when the provider fails, and may send the same request again', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const order = await buyer.order();
    const key = { 'idempotency-key': randomUUID() };
    for (let time = 1; time <= 2; time += 1) {
      const failed = await buyer.pay(order.id, 'tok_error', key);
      expect(failed).toMatchObject({ status: 503, body: { code: 'payment_provider_unavailable' } });
      expect(Number(failed.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await buyer.pay(order.id);
    await confirmedOrder(buyer, order.id);
  });

  it('gives an order up before paying, and its stock can be sold again', async () => {
    const sku = await aProduct(shop, { onHand: 1 });
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const order = await buyer.order();
    const late = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    expect(await late.checkout()).toMatchObject({
      status: 409,
      body: { code: 'insufficient_stock', items: [{ sku, requested: 1, available: 0 }] },
    });
    const cancelled = await buyer.api.post(`/v1/orders/${order.id}/cancel`, undefined);
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await stockOf(shop, sku)).toMatchObject({ reserved: 0, available: 1 });
    expect(await buyer.pay(order.id)).toMatchObject({ status: 409, body: { code: 'order_not_payable' } });
    expect(await late.checkout()).toMatchObject({ status: 201 });
  });

  it('leaves no invariant of the shop violated, whatever the buyers before it did', async () => {
    expect(await violations(shop)).toEqual([]);
  });
});

describe('an order that nobody pays', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.start({ env: { HOLD_TTL_SECONDS: '1', SWEEP_INTERVAL_SECONDS: '1' } });
  });

  afterAll(() => shop?.stop());

  it('expires by itself and gives its stock back', async () => {
    const sku = await aProduct(shop, { onHand: 1 });
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const order = await buyer.order();
    await eventually(async () => expect((await buyer.read(order.id)).body.status).toBe('expired'));
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 1, reserved: 0, available: 1 });
    expect(await buyer.pay(order.id)).toMatchObject({ status: 409, body: { code: 'order_not_payable' } });
    const { body } = await buyer.api.get(`/v1/orders/${order.id}/timeline`);
    expect(body.data.at(-1)).toMatchObject({ type: 'order.expired', actor: 'system' });
    expect(await violations(shop)).toEqual([]);
  });
});

async function confirmedOrder(buyer: Buyer, orderId: string): Promise<any> {
  return eventually(async () => {
    const { body } = await buyer.read(orderId);
    expect(body.status).toBe('confirmed');
    return body;
  });
}
