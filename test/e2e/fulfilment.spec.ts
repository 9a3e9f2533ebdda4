import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';
import { aConfirmedOrder, aShippedOrder } from './fulfilled-orders.js';

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.start({ env: { PAYMENT_CAPTURE: 'manual' } });
});

afterAll(() => shop?.stop());

const STAFF_AT_ONCE = 50;

const becomes = (buyer: Buyer, orderId: string, state: Record<string, string>) =>
  eventually(async () => expect((await buyer.read(orderId)).body).toMatchObject(state), { withinMs: 45_000 });

const stockBecomes = (sku: string, level: { onHand: number; reserved: number }) =>
  eventually(async () => expect((await shop.staff.get(`/v1/admin/stock/${sku}`)).body).toMatchObject(level), {
    withinMs: 45_000,
  });

describe('an order whose goods leave', () => {
  it('goes in parts, has its promised money captured with the first, and its stock consumed', async () => {
    const { sku, buyer, orderId, ship } = await aConfirmedOrder(shop, 3);
    expect((await buyer.read(orderId)).body).toMatchObject({ paymentStatus: 'authorized' });
    const tracking = { carrier: 'DHL', number: '0034', url: 'https://example.com/0034' };
    const first = await ship({ items: [{ sku, quantity: 2 }], tracking });
    expect(first).toMatchObject({ status: 201, body: { orderId, status: 'shipped', items: [{ sku, quantity: 2 }] } });
    await becomes(buyer, orderId, {
      status: 'confirmed',
      fulfilmentStatus: 'partially_fulfilled',
      paymentStatus: 'paid',
    });
    expect((await ship({ items: [{ sku, quantity: 2 }] })).body).toMatchObject({
      code: 'over_shipment',
      items: [{ sku, requested: 2, left: 1 }],
    });
    expect((await ship()).body).toMatchObject({ items: [{ sku, quantity: 1 }], tracking: null });
    expect((await buyer.read(orderId)).body).toMatchObject({ status: 'shipped', fulfilmentStatus: 'fulfilled' });
    expect((await ship()).body.code).toBe('already_shipped');
    await stockBecomes(sku, { onHand: 17, reserved: 0 });
    const { body } = await shop.staff.get(`/v1/admin/orders/${orderId}/payments`);
    expect(body.data).toMatchObject([{ status: 'captured', captured: { amount: 3_000 } }]);
  });

  it('is shipped by one of many who ship the same rest at once', async () => {
    const { ship } = await aConfirmedOrder(shop, 2);
    const replies = await Promise.all(Array.from({ length: STAFF_AT_ONCE }, () => ship()));
    const codes = replies.map(({ status, body }) => (status === 201 ? 'shipped' : body.code));
    expect(codes.filter((code) => code === 'shipped')).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set(['shipped', 'already_shipped']));
  });

  it('is delivered with its last shipment, and shows its buyer where it is', async () => {
    const { buyer, orderId, shipment } = await aShippedOrder(shop);
    const tracking = { carrier: 'UPS', number: '1Z' };
    expect((await shop.staff.get(`/v1/admin/shipments/${shipment.id}`)).body).toEqual(shipment);
    await shop.staff.put(`/v1/admin/shipments/${shipment.id}/tracking`, tracking);
    const deliver = () => shop.staff.post(`/v1/admin/shipments/${shipment.id}/deliver`, undefined);
    const delivered = await deliver();
    expect(delivered).toMatchObject({ status: 200, body: { status: 'delivered', tracking } });
    expect((await deliver()).body).toEqual(delivered.body);
    expect((await buyer.read(orderId)).body).toMatchObject({ status: 'delivered' });
    const seen = await buyer.api.get(`/v1/orders/${orderId}/shipments`);
    expect(seen.body.data).toMatchObject([{ id: shipment.id, status: 'delivered', tracking }]);
    expect(Object.keys(seen.body.data[0])).not.toContain('shippedBy');
    const types = (await buyer.api.get(`/v1/orders/${orderId}/timeline`)).body.data.map(
      ({ type }: { type: string }) => type,
    );
    expect(types).toEqual(expect.arrayContaining(['order.shipped', 'order.delivered']));
  });

  it('does not leave before it is paid or promised', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const { id } = await buyer.order();
    const { status, body } = await shop.staff.post(`/v1/admin/orders/${id}/shipments`, {});
    expect([status, body.code]).toEqual([409, 'invalid_transition']);
  });

  it('is found by staff among all shipments, page by page', async () => {
    const { sku, orderId, ship } = await aConfirmedOrder(shop, 2);
    for (let part = 0; part < 2; part += 1) await ship({ items: [{ sku, quantity: 1 }] });
    const first = await shop.staff.get(`/v1/admin/shipments?status=shipped&orderId=${orderId}&limit=1`);
    const next = `/v1/admin/orders/${orderId}/shipments?cursor=${first.body.nextCursor}`;
    const rest = await shop.staff.get(next);
    expect([first.body.data.length, rest.body.data.length, rest.body.nextCursor]).toEqual([1, 1, null]);
    expect(first.body.data[0].id > rest.body.data[0].id).toBe(true);
  });
});

describe('goods that come back', () => {
  it('are asked for by their buyer, restocked or written off in parts, and refunded by their prices', async () => {
    const { sku, buyer, orderId } = await aShippedOrder(shop, 3);
    await becomes(buyer, orderId, { paymentStatus: 'paid' });
    await stockBecomes(sku, { onHand: 17, reserved: 0 });
    const items = [{ sku, quantity: 3 }];
    const asked = await buyer.api.post(`/v1/orders/${orderId}/returns`, { items, reason: 'too small' });
    expect(asked).toMatchObject({ status: 201, body: { status: 'requested', refund: null } });
    const receive = (id: string, restocked: number, writtenOff: number) =>
      shop.staff.post(`/v1/admin/returns/${id}/receive`, { items: [{ sku, restocked, writtenOff }] });
    const received = await receive(asked.body.id, 1, 1);
    expect(received).toMatchObject({ status: 200, body: { status: 'received', refund: { amount: 2_000 } } });
    await becomes(buyer, orderId, { paymentStatus: 'partially_refunded', fulfilmentStatus: 'fulfilled' });
    await stockBecomes(sku, { onHand: 18, reserved: 0 });

    const rest = await shop.staff.post(`/v1/admin/orders/${orderId}/returns`, {
      items: [{ sku, quantity: 1 }],
      reason: 'by telephone',
    });
    expect((await receive(rest.body.id, 1, 0)).body).toMatchObject({ refund: { amount: 1_000 } });
    await becomes(buyer, orderId, { paymentStatus: 'refunded', fulfilmentStatus: 'returned' });
    await stockBecomes(sku, { onHand: 19, reserved: 0 });
    const { body } = await shop.staff.get(`/v1/admin/orders/${orderId}/payments`);
    expect(body.data[0].refunds).toMatchObject([
      { cause: 'returned', amount: { amount: 2_000 } },
      { cause: 'returned', amount: { amount: 1_000 } },
    ]);
    expect(body.data[0].refunds[0].reason).toContain(asked.body.id);
    expect((await buyer.api.get(`/v1/orders/${orderId}/returns`)).body.data).toHaveLength(2);
    expect((await buyer.api.get(asked.headers.get('location')!)).body).toMatchObject({ status: 'received' });
    expect((await shop.staff.get(rest.headers.get('location')!)).body).toMatchObject({ closedBy: 'staff:admin' });
  });

  it('are refunded with what is left, where staff have given some of the money back before', async () => {
    const { sku, buyer, orderId, askBack } = await aShippedOrder(shop, 2);
    await becomes(buyer, orderId, { paymentStatus: 'paid' });
    const amount = { amount: 1_500, currency: 'EUR' };
    await shop.staff.post(`/v1/admin/orders/${orderId}/refunds`, { amount, reason: 'a scratch' });
    const { body } = await askBack(2);
    await shop.staff.post(`/v1/admin/returns/${body.id}/receive`, {
      items: [{ sku, restocked: 2, writtenOff: 0 }],
    });
    await becomes(buyer, orderId, { paymentStatus: 'refunded', fulfilmentStatus: 'returned' });
    const payments = await shop.staff.get(`/v1/admin/orders/${orderId}/payments`);
    expect(payments.body.data[0].refunds).toMatchObject([
      { cause: 'staff', amount: { amount: 1_500 } },
      { cause: 'returned', amount: { amount: 500 } },
    ]);
  });

  it('stay with their buyer when the return is cancelled', async () => {
    const { askBack } = await aShippedOrder(shop);
    const { body } = await askBack(1);
    expect((await askBack(1)).body.code).toBe('over_return');
    const cancel = () => shop.staff.post(`/v1/admin/returns/${body.id}/cancel`, { reason: 'kept' });
    expect((await cancel()).body).toMatchObject({ status: 'cancelled', cancelReason: 'kept' });
    expect((await cancel()).body).toMatchObject({ code: 'invalid_transition', from: 'cancelled', to: 'cancelled' });
    expect((await askBack(1)).status).toBe(201);
  });

  it('leave every invariant as it was', async () => {
    expect(await violations(shop)).toEqual([]);
    const { rows } = await shop.db.query(`SELECT queue, error, detail FROM messaging.dead_letters`);
    expect(rows).toEqual([]);
  });
});
