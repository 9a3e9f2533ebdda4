import { randomUUID } from 'node:crypto';
import { newId } from '#kernel';
import { Buyer } from '../support/buyer.js';
import { aProduct, newSku } from '../support/products.js';
import type { Shop } from '../support/start-shop.js';
import { AUDITED_FULFILMENT_WRITES } from './audited-fulfilment-writes.js';
import { AUDITED_PAYMENT_WRITES, type Write } from './audited-payment-writes.js';

export const PRICE = { amount: 5_000, currency: 'EUR' };

async function aLetter(shop: Shop, queue = 'order.payment-captured'): Promise<string> {
  const id = newId('dead');
  await shop.db.query(
    `INSERT INTO messaging.dead_letters (id, queue, message_id, body, properties, error, detail, stack, attempts, first_failed_at, last_failed_at)
     VALUES ($1, $2, $3, '{}', '{}', 'PermanentFailure', 'why', 'at', 1, now(), now())`,
    [id, queue, randomUUID()],
  );
  return id;
}

async function anOrder(shop: Shop): Promise<string> {
  const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
  return (await buyer.order()).id;
}

const STANDARD = { name: 'Standard', prices: [{ ...PRICE, freeFrom: null }] };

/** One way to use each operation that changes something for staff. */
export const WRITES: Readonly<Record<string, (shop: Shop) => Promise<Write>>> = {
  'put /v1/admin/products/{sku}': async (shop) => {
    const sku = await aProduct(shop, { amount: 5_000 });
    const product = { name: 'Cheap', price: { ...PRICE, amount: 1 } };
    const entry = {
      action: 'product.replace',
      before: { price: PRICE, name: `Product ${sku}` },
      after: { price: product.price, name: 'Cheap', active: true, maxPerOrder: null },
    };
    return { call: () => shop.staff.put(`/v1/admin/products/${sku}`, product), subject: `product:${sku}`, entry };
  },
  'post /v1/admin/products/import': async (shop) => {
    const products = [{ sku: newSku(), name: 'New', price: PRICE, onHand: 3 }];
    const entry = { action: 'product.create', before: null, after: { name: 'New', price: PRICE } };
    const call = () => shop.staff.post('/v1/admin/products/import', { products });
    return { call, subject: `product:${products[0]!.sku}`, entry };
  },
  'post /v1/admin/stock/{sku}/adjustments': async (shop) => {
    const sku = await aProduct(shop, { onHand: 10 });
    const call = () => shop.staff.post(`/v1/admin/stock/${sku}/adjustments`, { delta: -2, reason: 'broken' });
    const change = { before: { onHand: 10 }, after: { onHand: 8, delta: -2 } };
    return { call, subject: `stock:${sku}`, entry: { action: 'stock.adjustment', reason: 'broken', ...change } };
  },
  ...AUDITED_PAYMENT_WRITES,
  ...AUDITED_FULFILMENT_WRITES,
  'put /v1/admin/stock/{sku}': async (shop) => {
    const sku = await aProduct(shop, { onHand: 10 });
    const etag = (await shop.staff.get(`/v1/admin/stock/${sku}`)).headers.get('etag')!;
    const counted = { onHand: 12, reason: 'yearly' };
    const call = () => shop.staff.put(`/v1/admin/stock/${sku}`, counted, { 'if-match': etag });
    const change = { before: { onHand: 10 }, after: { onHand: 12 } };
    return { call, subject: `stock:${sku}`, entry: { action: 'stock.count', reason: 'yearly', ...change } };
  },
  'put /v1/admin/stock/{sku}/policy': async (shop) => {
    const sku = await aProduct(shop, { onHand: 10 });
    const policy = { safetyStock: 2, backorderLimit: 0, lowStockAt: 5 };
    const call = () => shop.staff.put(`/v1/admin/stock/${sku}/policy`, policy);
    const change = { before: { safetyStock: 0, lowStockAt: null }, after: { location: 'default', ...policy } };
    return { call, subject: `stock:${sku}`, entry: { action: 'stock.policy', ...change } };
  },
  'post /v1/admin/stock/{sku}/transfers': async (shop) => {
    const sku = await aProduct(shop, { onHand: 10 });
    await shop.staff.put('/v1/admin/locations/north', { name: 'North', priority: 9 });
    const carried = { from: 'default', to: 'north', quantity: 4, reason: 'supply' };
    const call = () => shop.staff.post(`/v1/admin/stock/${sku}/transfers`, carried);
    const change = { before: { from: 10, to: 0 }, after: { from: 6, to: 4 } };
    return { call, subject: `stock:${sku}`, entry: { action: 'stock.transfer', reason: 'supply', ...change } };
  },
  'put /v1/admin/locations/{locationId}': async (shop) => {
    const id = newSku().toLowerCase();
    const location = { name: 'Shop', active: true, priority: 3, receivesReturns: false };
    const call = () => shop.staff.put(`/v1/admin/locations/${id}`, location);
    return { call, subject: `location:${id}`, entry: { action: 'location.create', before: null, after: location } };
  },
  'post /v1/admin/dead-letters/replay': async (shop) => {
    const id = await aLetter(shop, 'a.group');
    const queue = 'a.group';
    const call = () => shop.staff.post('/v1/admin/dead-letters/replay', { queue });
    return { call, subject: `dead_letter:${id}`, entry: { action: 'dead_letter.replay' } };
  },
  'post /v1/admin/dead-letters/{id}/replay': async (shop) => {
    const id = await aLetter(shop);
    const change = { before: { status: 'waiting' }, after: { status: 'replaying' } };
    const call = () => shop.staff.post(`/v1/admin/dead-letters/${id}/replay`, undefined);
    return { call, subject: `dead_letter:${id}`, entry: { action: 'dead_letter.replay', ...change } };
  },
  'post /v1/admin/dead-letters/{id}/discard': async (shop) => {
    const id = await aLetter(shop);
    const call = () => shop.staff.post(`/v1/admin/dead-letters/${id}/discard`, { reason: 'a test' });
    return { call, subject: `dead_letter:${id}`, entry: { action: 'dead_letter.discard', reason: 'a test' } };
  },
  'post /v1/admin/locks/{key}/release': async (shop) => {
    const reason = 'hangs';
    const call = () => shop.staff.post('/v1/admin/locks/order%3A1/release', { reason });
    const entry = { action: 'lock.force_released', reason, after: { wasHeld: false } };
    return { call, subject: 'lock:order:1', entry };
  },
  'post /v1/orders/{orderId}/cancel': async (shop) => {
    const orderId = await anOrder(shop);
    const change = { before: { status: 'pending_payment' }, after: { status: 'cancelled' } };
    const call = () => shop.staff.post(`/v1/orders/${orderId}/cancel`, undefined);
    return { call, subject: `order:${orderId}`, entry: { action: 'order.cancel', ...change } };
  },
  'post /v1/orders/{orderId}/payments': async (shop) => {
    const orderId = await anOrder(shop);
    const method = { type: 'card', token: 'tok_success' };
    const call = () => shop.staff.post(`/v1/orders/${orderId}/payments`, { method });
    return { call, subject: 'payment', entry: { action: 'payment.create', before: null, after: { orderId } } };
  },
  'put /v1/admin/tax-rates/{country}': async (shop) => {
    const call = () => shop.staff.put('/v1/admin/tax-rates/IS', { basisPoints: 0, inclusive: true });
    const entry = { action: 'tax_rate.create', before: null, after: { basisPoints: 0, inclusive: true } };
    return { call, subject: 'tax_rate:IS', entry };
  },
  'put /v1/admin/discounts/{code}': async (shop) => {
    await shop.staff.put('/v1/admin/discounts/AUDITED', { basisPoints: 100 });
    const call = () => shop.staff.put('/v1/admin/discounts/AUDITED', { basisPoints: 200 });
    const entry = { action: 'discount.replace', before: { basisPoints: 100 }, after: { basisPoints: 200 } };
    return { call, subject: 'discount:AUDITED', entry };
  },
  // The last two, and the one deletes what the other makes: as long as there is a delivery method, every order must name one.
  'put /v1/admin/delivery-methods/{id}': async (shop) => {
    const call = () => shop.staff.put('/v1/admin/delivery-methods/audited', STANDARD);
    return {
      call,
      subject: 'delivery_method:audited',
      entry: { action: 'delivery_method.create', before: null, after: STANDARD },
    };
  },
  'delete /v1/admin/delivery-methods/{id}': async (shop) => {
    const call = () => shop.staff.delete('/v1/admin/delivery-methods/audited');
    return {
      call,
      subject: 'delivery_method:audited',
      entry: { action: 'delivery_method.delete', before: STANDARD, after: null },
    };
  },
};
