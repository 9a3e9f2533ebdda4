import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.start({ env: { PAYMENT_CAPTURE: 'manual' } });
});

afterAll(() => shop?.stop());

const becomes = (buyer: Buyer, orderId: string, state: Record<string, string>) =>
  eventually(async () => expect((await buyer.read(orderId)).body).toMatchObject(state), { withinMs: 45_000 });

async function anAuthorizedOrder() {
  const sku = await aProduct(shop, { onHand: 3, amount: 1_000 });
  const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 2 }]);
  const { id } = await buyer.order();
  const { status, body: payment } = await buyer.pay(id);
  expect([status, payment.status]).toEqual([201, 'authorized']);
  await becomes(buyer, id, { status: 'confirmed', paymentStatus: 'authorized' });
  const decide = (action: 'capture' | 'void') =>
    shop.staff.post(`/v1/admin/orders/${id}/payments/${payment.id}/${action}`, undefined);
  return { sku, buyer, id, decide };
}

describe('money that is captured later', () => {
  it('confirms the order when it is promised, and pays it when staff capture it', async () => {
    const { buyer, id, decide } = await anAuthorizedOrder();
    expect((await buyer.pay(id)).body.code).toBe('already_paid');
    expect((await shop.staff.post(`/v1/admin/orders/${id}/refunds`, { reason: 'none' })).body.code).toBe(
      'nothing_to_refund',
    );
    expect((await decide('capture')).status).toBe(202);
    expect((await decide('void')).body.code).toBe('payment_not_authorized');
    await becomes(buyer, id, { status: 'confirmed', paymentStatus: 'paid' });
    const { body } = await shop.staff.get(`/v1/admin/orders/${id}/payments`);
    expect(body.data).toMatchObject([
      { status: 'captured', captured: { amount: 2_000, currency: 'EUR' }, refunds: [] },
    ]);
  });

  it('is given up by staff: the order is cancelled, its stock free, and nothing was taken', async () => {
    const { sku, buyer, id, decide } = await anAuthorizedOrder();
    expect((await decide('void')).status).toBe(202);
    await becomes(buyer, id, { status: 'cancelled', paymentStatus: 'none' });
    await eventually(async () => {
      expect((await shop.staff.get(`/v1/admin/stock/${sku}`)).body).toMatchObject({ onHand: 3, reserved: 0 });
    });
  });

  it('leaves every invariant as it was', async () => {
    expect(await violations(shop)).toEqual([]);
  });
});
