import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { Forwarder } from '../support/forwarder.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

let shop: Shop;
let forwarder: Forwarder;

beforeAll(async () => {
  forwarder = await Forwarder.start();
  shop = await Shop.start({
    env: { PAYMENT_SANDBOX_DELAY_MS: '500', PAYMENT_SANDBOX_API_URL: forwarder.url, SHORT_PAYMENT_HOLD_SECONDS: '6' },
  });
  forwarder.target = shop.apis[0]!.url;
});

afterAll(async () => {
  await shop?.stop();
  await forwarder?.stop();
});

async function paidWith(token: string) {
  const sku = await aProduct(shop, { onHand: 3, amount: 1_000 });
  const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
  const { id } = await buyer.order();
  expect((await buyer.pay(id, token)).status).toBe(201);
  return { sku, buyer, id };
}

const becomes = (buyer: Buyer, orderId: string, state: Record<string, string>) =>
  eventually(async () => expect((await buyer.read(orderId)).body).toMatchObject(state), { withinMs: 45_000 });

const refundsOf = async (orderId: string) =>
  (
    await shop.db.query(
      `SELECT cause, status, amount::int, currency FROM payment.refunds WHERE order_id = $1 ORDER BY id`,
      [orderId],
    )
  ).rows;

const givenBack = (orderId: string, refund: object) =>
  eventually(async () => expect(await refundsOf(orderId)).toEqual([{ status: 'succeeded', ...refund }]), {
    withinMs: 45_000,
  });

const eventsOf = async (buyer: Buyer, orderId: string): Promise<string[]> =>
  (await buyer.api.get(`/v1/orders/${orderId}/timeline`)).body.data.map(({ type }: { type: string }) => type);

describe('money of another amount than the total', () => {
  it('more: the order is confirmed and the difference given back, and it stays paid', async () => {
    const { buyer, id } = await paidWith('tok_pays_more');
    await becomes(buyer, id, { status: 'confirmed', paymentStatus: 'paid' });
    await givenBack(id, { cause: 'overpaid', amount: 100, currency: 'EUR' });
    expect((await buyer.read(id)).body).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
  });

  it('in another currency: it is given back, and the order can be paid again', async () => {
    const { buyer, id } = await paidWith('tok_other_currency');
    await givenBack(id, { cause: 'wrong_currency', amount: 1_000, currency: 'USD' });
    await becomes(buyer, id, { status: 'pending_payment', paymentStatus: 'none' });
    expect((await buyer.pay(id)).status).toBe(201);
    await becomes(buyer, id, { status: 'confirmed', paymentStatus: 'paid' });
  });

  it('less: the order waits for staff, and goes on when they accept it', async () => {
    const { buyer, id } = await paidWith('tok_pays_half');
    await becomes(buyer, id, { status: 'on_hold', paymentStatus: 'partially_paid' });
    const released = await shop.staff.post(`/v1/admin/orders/${id}/release`, { reason: 'rest in cash' });
    expect(released).toMatchObject({ status: 200, body: { status: 'confirmed', paymentStatus: 'partially_paid' } });
    expect(await eventsOf(buyer, id)).toEqual([
      'order.placed',
      'order.payment_started',
      'order.held',
      'order.confirmed',
    ]);
  });

  it('less: when nobody accepts it the money is given back and the order cancelled, its stock free', async () => {
    const { sku, buyer, id } = await paidWith('tok_pays_half');
    await becomes(buyer, id, { status: 'on_hold', paymentStatus: 'partially_paid' });
    await givenBack(id, { cause: 'short_payment', amount: 500, currency: 'EUR' });
    await becomes(buyer, id, { status: 'cancelled', paymentStatus: 'refunded' });
    expect((await shop.staff.get(`/v1/admin/stock/${sku}`)).body).toMatchObject({ onHand: 3, reserved: 0 });
    expect((await eventsOf(buyer, id)).slice(2)).toEqual(['order.held', 'order.cancelling', 'order.cancelled']);
  });
});

describe('a payment that the buyer’s bank asks back', () => {
  it.each([
    ['tok_dispute_won', 'paid'],
    ['tok_dispute_lost', 'refunded'],
  ])('%s: the order shows the dispute, then %s', async (token, paymentStatus) => {
    const { buyer, id } = await paidWith(token);
    await becomes(buyer, id, { status: 'confirmed', paymentStatus });
    await eventually(async () => expect(await eventsOf(buyer, id)).toContain('order.dispute_closed'));
    expect((await eventsOf(buyer, id)).slice(-2)).toEqual(['order.disputed', 'order.dispute_closed']);
  });
});

it('leaves every invariant as it was', async () => {
  expect(await violations(shop)).toEqual([]);
});
