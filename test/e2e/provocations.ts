import { randomUUID } from 'node:crypto';
import { newId } from '#kernel';
import type { ApiClient, Reply } from '../support/api-client.js';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { aProduct, newSku } from '../support/products.js';
import { rawRequest } from '../support/raw-request.js';
import type { Shop } from '../support/start-shop.js';
import { aBuyer, anOrder, changesOfAStuckCart, ITEM } from './busy-resources.js';
import { fulfilmentProvocations } from './fulfilment-provocations.js';
import { paymentProvocations } from './payment-provocations.js';
import { pricingProvocations } from './pricing-provocations.js';
import { STREAM_CLIENTS_MAX, streamProvocations } from './stream-provocations.js';

/** Settings of a shop in which every problem can be provoked. */
export const PROVOCABLE = {
  PAYMENT_ATTEMPTS_MAX: '2',
  PAYMENT_TIMEOUT_MS: '4000',
  DATABASE_LOCK_TIMEOUT_MS: '700',
  // Nobody listens there.
  CUSTOMER_JWKS_URL: 'http://127.0.0.1:9/jwks.json',
  TRUSTED_PROXIES: '127.0.0.1',
  OPEN_ORDERS_MAX: '30',
  HELD_UNITS_MAX: '50',
  STREAM_CLIENTS_MAX: String(STREAM_CLIENTS_MAX),
};

const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
/** Looks like what an identity provider signs; only its public key can tell. */
const TOKEN_OF_ELSEWHERE = [part({ alg: 'RS256', kid: '1' }), part({ sub: 'ada', exp: 4e9 }), 'c2lnbmVk'].join('.');

/** Requests that outlast the provocation they are part of. */
export const lasting: Promise<Reply>[] = [];

const rawGet = (header: string) => `GET /v1/products HTTP/1.1\r\nhost: shop\r\n${header}connection: close\r\n\r\n`;

type Provocation = (shop: Shop) => Promise<Reply>;

/** Until the provider has been called. */
const underWay = (shop: Shop, orderId: string): Promise<void> =>
  eventually(async () => {
    const charged = 'SELECT 1 FROM payment.sandbox_charges WHERE merchant_reference = $1';
    if ((await shop.db.query(charged, [orderId])).rows.length === 0) throw new Error('No payment is under way.');
  });

let stuck: ReturnType<typeof changesOfAStuckCart> | undefined;

/** With the database out of reach. */
async function withoutDatabase(shop: Shop, ask: (api: ApiClient) => Promise<Reply>): Promise<Reply> {
  shop.servers.postgresql.refuse();
  try {
    return await ask(shop.api());
  } finally {
    shop.servers.postgresql.restore();
  }
}

/** With the lock service out of reach. */
async function withoutLocks(shop: Shop, ask: () => Promise<Reply>): Promise<Reply> {
  shop.servers.redis.refuse();
  try {
    return await ask();
  } finally {
    shop.servers.redis.restore();
    await eventually(async () => {
      const { body } = await shop.api().get('/health/ready');
      if (body.checks.some((check: { ok: boolean }) => !check.ok)) throw new Error('Redis is not back yet.');
    });
  }
}

const raw =
  (bytes: string): Provocation =>
  (shop) =>
    rawRequest(shop.api().baseUrl, bytes);

export const provocations: Readonly<Record<string, Provocation>> = {
  ...paymentProvocations,
  ...streamProvocations,
  ...pricingProvocations,
  ...fulfilmentProvocations,
  already_paid: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    await buyer.pay(order.id);
    // The order learns of it by an event, a moment later.
    return eventually(async () => {
      const reply = await buyer.pay(order.id);
      if (reply.body.code === 'payment_in_progress') throw new Error('The order has not heard of its payment.');
      return reply;
    });
  },
  bad_request: raw('HELLO\r\n\r\n'),
  below_reserved: async (shop) => {
    const { sku } = await anOrder(shop);
    return shop.staff.post(`/v1/admin/stock/${sku}/adjustments`, { delta: -10, reason: 'lost' });
  },
  cart_already_ordered: async (shop) => {
    const { buyer } = await anOrder(shop);
    return buyer.checkout();
  },
  cart_empty: async (shop) => (await aBuyer(shop, 0)).buyer.checkout(),
  cart_locked: async (shop) => (await (stuck ??= changesOfAStuckCart(shop))).last,
  cart_not_found: (shop) => shop.api().get(`/v1/carts/${newId('cart')}`),
  database_busy: async (shop) => (await (stuck ??= changesOfAStuckCart(shop))).first,
  database_unavailable: (shop) => withoutDatabase(shop, (api) => api.get('/v1/products')),
  dead_letter_not_found: (shop) => shop.staff.get(`/v1/admin/dead-letters/${newId('dead')}`),
  headers_too_large: raw(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(17_000)}\r\n\r\n`),
  held_units_limit: async (shop) => (await aBuyer(shop, 51)).buyer.checkout(),
  idempotency_key_invalid: async (shop) => (await aBuyer(shop)).buyer.checkout({ 'idempotency-key': 'a'.repeat(256) }),
  idempotency_key_missing: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    return buyer.api.send('POST', `/v1/orders/${order.id}/cancel`, {});
  },
  idempotency_key_reused: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    const key = { 'idempotency-key': randomUUID() };
    await buyer.pay(order.id, 'tok_declined', key);
    return buyer.pay(order.id, 'tok_success', key);
  },
  identity_provider_unavailable: (shop) =>
    shop
      .api()
      .as({ authorization: `Bearer ${TOKEN_OF_ELSEWHERE}` })
      .get('/v1/orders'),
  duplicate_member: (shop) => shop.api().post('/v1/carts', '{"items":[],"items":[]}'),
  expectation_failed: (shop) => rawRequest(shop.api().baseUrl, rawGet('expect: tea\r\n')),
  if_match_invalid: async (shop) => {
    const { buyer, sku } = await aBuyer(shop);
    return buyer.api.delete(`/v1/carts/${buyer.cartId}/items/${sku}`, { 'if-match': '1' });
  },
  insufficient_scope: async (shop) => (await shop.withScopes(['stock:read'])).put('/v1/admin/products/A', {}),
  insufficient_stock: async (shop) => {
    const { buyer, sku } = await aBuyer(shop);
    await shop.staff.put(`/v1/admin/stock/${sku}`, { onHand: 0, reason: 'fire' }, { 'if-match': '*' });
    return buyer.checkout();
  },
  internal_error: async (shop) => {
    await shop.db.query('ALTER TABLE catalog.products RENAME TO mislaid');
    const reply = await shop.api().get('/v1/products');
    await shop.db.query('ALTER TABLE catalog.mislaid RENAME TO products');
    return reply;
  },
  invalid_signature: (shop) => shop.api().post('/v1/webhooks/payments/sandbox', { type: 'payment.captured' }),
  invalid_transition: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    await buyer.pay(order.id);
    return buyer.api.post(`/v1/orders/${order.id}/cancel`, undefined);
  },
  lock_backend_unavailable: (shop) => withoutLocks(shop, () => shop.staff.get('/v1/admin/locks')),
  malformed_json: (shop) => shop.api().post('/v1/carts', '{"items": ['),
  method_not_allowed: (shop) => shop.api().delete('/v1/products'),
  not_ready: (shop) => withoutDatabase(shop, (api) => api.get('/health/ready')),
  open_orders_limit: async (shop) => {
    const ofOneGuest = { 'x-forwarded-for': '203.0.113.7' };
    for (;;) {
      const reply = await (await aBuyer(shop)).buyer.checkout(ofOneGuest);
      if (reply.status !== 201) return reply;
    }
  },
  order_not_found: (shop) => shop.api().get(`/v1/orders/${newId('order')}`),
  order_not_payable: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    await buyer.api.post(`/v1/orders/${order.id}/cancel`, undefined);
    return buyer.pay(order.id);
  },
  payload_too_large: (shop) => shop.api().post('/v1/carts', JSON.stringify({ items: ' '.repeat(300_000) })),
  payment_attempts_exhausted: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    await buyer.pay(order.id, 'tok_declined');
    await buyer.pay(order.id, 'tok_declined');
    return buyer.pay(order.id);
  },
  payment_declined: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    return buyer.pay(order.id, 'tok_declined');
  },
  payment_in_progress: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    lasting.push(buyer.pay(order.id, 'tok_timeout'));
    await underWay(shop, order.id);
    return buyer.pay(order.id);
  },
  payment_not_found: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    return buyer.api.get(`/v1/orders/${order.id}/payments/${newId('pay')}`);
  },
  payment_provider_unavailable: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    return buyer.pay(order.id, 'tok_error');
  },
  product_not_found: (shop) => shop.api().get(`/v1/products/${newSku()}`),
  quantity_limit: async (shop) => {
    const sku = await aProduct(shop);
    const price = { amount: 100, currency: 'EUR' };
    await shop.staff.put(`/v1/admin/products/${sku}`, { name: 'Scarce', price, maxPerOrder: 1 });
    const buyer = await Buyer.withCart(shop.api(), [ITEM(sku)]);
    return buyer.add(ITEM(sku));
  },
  request_in_flight: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    const key = { 'idempotency-key': randomUUID() };
    lasting.push(buyer.pay(order.id, 'tok_timeout', key));
    await underWay(shop, order.id);
    return buyer.pay(order.id, 'tok_timeout', key);
  },
  request_timeout: raw('POST /v1/carts HTTP/1.1\r\nhost: a\r\nunfinish'),
  route_not_found: (shop) => shop.api().get('/v2/carts'),
  stale_version: async (shop) => {
    const { buyer, sku } = await aBuyer(shop);
    return buyer.api.delete(`/v1/carts/${buyer.cartId}/items/${sku}`, { 'if-match': '"99"' });
  },
  location_not_found: (shop) => shop.staff.get('/v1/admin/locations/nowhere'),
  count_awaits_payments: async (shop) => {
    const sku = await aProduct(shop, { onHand: 1 });
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const { id } = await buyer.order();
    await buyer.pay(id, 'tok_requires_action');
    const counted = { onHand: 0, reason: 'counted', acceptShortage: true };
    return shop.staff.put(`/v1/admin/stock/${sku}`, counted, { 'if-match': '*' });
  },
  stock_limit_exceeded: async (shop) => {
    const sku = await aProduct(shop);
    return shop.staff.post(`/v1/admin/stock/${sku}/adjustments`, { delta: 1_000_000_000, reason: 'a lot' });
  },
  stock_not_found: (shop) => shop.staff.get(`/v1/admin/stock/${newSku()}`),
  not_implemented: (shop) =>
    rawRequest(shop.api().baseUrl, `${rawGet('transfer-encoding: gzip, chunked\r\n')}0\r\n\r\n`),
  precondition_required: (shop) => shop.staff.put(`/v1/admin/stock/${newSku()}`, { onHand: 1, reason: 'counted' }),
  secret_not_replayable: async (shop) => {
    const key = { 'idempotency-key': randomUUID() };
    await shop.api().post('/v1/carts', {}, key);
    return shop.api().post('/v1/carts', {}, key);
  },
  total_changed: async (shop) => {
    const { buyer } = await aBuyer(shop);
    return buyer.checkout({}, { expectedTotal: { amount: 1, currency: 'EUR' } });
  },
  unauthenticated: (shop) => shop.api().get('/v1/admin/stock'),
  unsupported_media_type: (shop) => shop.api().post('/v1/carts', '<cart/>', { 'content-type': 'application/xml' }),
  uri_too_long: (shop) => shop.api().get(`/v1/carts/${'a'.repeat(5_000)}`),
  validation_failed: (shop) => shop.api().post('/v1/carts', { items: [{ sku: 'A', quantity: 0 }] }),
};
