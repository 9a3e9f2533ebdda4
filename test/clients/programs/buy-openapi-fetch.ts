import createClient from 'openapi-fetch';
import type { paths } from './openapi-typescript';
import { baseUrl, email, key, newCart, payment, report, shippingAddress } from './purchase';

const shop = createClient<paths>({ baseUrl });

async function main(): Promise<void> {
  const { data: cart, error } = await shop.POST('/v1/carts', { body: newCart });
  if (cart === undefined) throw new Error(error.code);
  const headers = { 'Cart-Token': cart.token };
  const body = { cartId: cart.id, email, shippingAddress };
  const placed = await shop.POST('/v1/orders', {
    body,
    headers,
    params: { header: { 'Idempotency-Key': key() } },
  });
  if (placed.error !== undefined) {
    if (placed.error.code === 'insufficient_stock') throw new Error(`Only ${placed.error.items[0]?.available} left.`);
    throw new Error(placed.error.code);
  }
  const paid = await shop.POST('/v1/orders/{orderId}/payments', {
    body: payment,
    headers,
    params: { path: { orderId: placed.data.id }, header: { 'Idempotency-Key': key() } },
  });
  if (paid.error !== undefined) {
    throw new Error(paid.error.code === 'payment_declined' ? paid.error.declineCode : paid.error.code);
  }
  report(paid.data.orderId, paid.data.status);
}

void main();
