import { expect } from '@jest/globals';
import { Buyer, type CartItem } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { aProduct } from '../support/products.js';
import type { Shop } from '../support/start-shop.js';

/** An order that is paid, or promised, and confirmed: its goods may leave. */
export async function aConfirmedOrder(shop: Shop, quantity = 1, more: readonly CartItem[] = []) {
  const sku = await aProduct(shop, { onHand: 20, amount: 1_000 });
  const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity }, ...more]);
  const { id: orderId } = await buyer.order();
  const { body: payment } = await buyer.pay(orderId);
  const isConfirmed = async () => expect((await buyer.read(orderId)).body).toMatchObject({ status: 'confirmed' });
  await eventually(isConfirmed, { withinMs: 45_000 });
  const ship = (body: object = {}) => shop.staff.post(`/v1/admin/orders/${orderId}/shipments`, body);
  const askBack = (units: number) => {
    const items = [{ sku, quantity: units }];
    return shop.staff.post(`/v1/admin/orders/${orderId}/returns`, { items, reason: 'too small' });
  };
  return { sku, buyer, orderId, payment, ship, askBack };
}

/** The same, with all of its goods on their way. */
export async function aShippedOrder(shop: Shop, quantity = 1) {
  const order = await aConfirmedOrder(shop, quantity);
  const { status, body } = await order.ship();
  if (status !== 201) throw new Error(`Nothing shipped: ${status} ${JSON.stringify(body)}`);
  return { ...order, shipment: body };
}
