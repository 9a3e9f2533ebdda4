import { expect } from '@jest/globals';
import { newId } from '#kernel';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { aProduct } from '../support/products.js';
import type { Shop } from '../support/start-shop.js';

export interface Write {
  readonly call: () => Promise<{ readonly status: number; readonly body: any }>;
  /** What the newest entries about the subject must say, as far as it is given. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly subject: string;
}

/** A payment of 10.00 EUR in one of the states in which it waits for a person, as no provider would leave it in a test. */
async function aStuckPayment(shop: Shop): Promise<{ paymentId: string; orderId: string }> {
  const [paymentId, orderId] = [newId('pay'), newId('order')];
  await shop.db.query(
    `WITH attempt AS (
       INSERT INTO payment.attempts (id, order_id, status, amount, currency, method, provider, version, review_since)
       VALUES ($1, $2, 'created', 1000, 'EUR', 'card', 'sandbox', 1, now()) RETURNING id)
     INSERT INTO payment.history (payment_id, sequence, to_status, actor) SELECT id, 1, 'created', 'guest' FROM attempt`,
    [paymentId, orderId],
  );
  return { paymentId, orderId };
}

async function aParkedRefund(shop: Shop): Promise<{ refundId: string; orderId: string }> {
  const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
  const { id: orderId } = await buyer.order();
  const { body: payment } = await buyer.pay(orderId, 'tok_refund_fails');
  const refundId = newId('rfd');
  await shop.db.query(
    `INSERT INTO payment.refunds (id, payment_id, order_id, status, amount, currency, cause, reason, requested_by, last_error)
     VALUES ($1, $2, $3, 'failed', 100, 'EUR', 'staff', 'a scratch', 'staff:admin', 'refused_by_bank')`,
    [refundId, payment.id, orderId],
  );
  return { refundId, orderId };
}

async function aParkedWebhook(shop: Shop): Promise<{ number: number; eventId: string }> {
  const eventId = newId('key');
  const { rows } = await shop.db.query(
    `INSERT INTO payment.webhook_events (provider, event_id, type, fact, status, reason, settled_at)
     VALUES ('sandbox', $1, 'dispute.open', $2, 'parked', 'payment_not_captured', now()) RETURNING number`,
    [eventId, { about: 'dispute', paymentReference: 'theirs', disputeReference: 'dp_1', status: 'open' }],
  );
  return { number: rows[0].number, eventId };
}

async function aConfirmedOrder(shop: Shop): Promise<string> {
  const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
  const { id } = await buyer.order();
  await buyer.pay(id);
  await eventually(async () => expect((await buyer.read(id)).body).toMatchObject({ status: 'confirmed' }));
  return id;
}

async function aDecision(shop: Shop, action: 'capture' | 'void'): Promise<Write> {
  const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
  const { id: orderId } = await buyer.order();
  const [paymentId, reference] = [newId('pay'), newId('key')];
  await shop.db.query(
    `WITH attempt AS (
       INSERT INTO payment.attempts (id, order_id, status, amount, currency, method, provider, provider_reference, capture, version,
         authorized_amount, authorized_currency, last_sequence)
       VALUES ($1, $2, 'authorized', 1000, 'EUR', 'card', 'sandbox', $3, 'manual', 2, 1000, 'EUR', 1) RETURNING id)
     INSERT INTO payment.history (payment_id, sequence, from_status, to_status, actor)
     SELECT id, row.sequence, row.before, row.after, 'provider' FROM attempt,
       (VALUES (1, NULL, 'created'), (2, 'created', 'authorized')) AS row (sequence, before, after)`,
    [paymentId, orderId, reference],
  );
  return {
    call: () => shop.staff.post(`/v1/admin/orders/${orderId}/payments/${paymentId}/${action}`, undefined),
    subject: `order:${orderId}`,
    entry: {
      action: `payment.${action}`,
      before: { paymentId, status: 'authorized' },
      after: { paymentId, requestedAction: action },
    },
  };
}

/** One way to use each operation by which staff change something about money. */
export const AUDITED_PAYMENT_WRITES: Readonly<Record<string, (shop: Shop) => Promise<Write>>> = {
  'post /v1/admin/orders/{orderId}/refunds': async (shop) => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const { id } = await buyer.order();
    await buyer.pay(id);
    await eventually(async () => {
      expect((await buyer.api.get(`/v1/orders/${id}`)).body).toMatchObject({ paymentStatus: 'paid' });
    });
    const amount = { amount: 100, currency: 'EUR' };
    const call = () => shop.staff.post(`/v1/admin/orders/${id}/refunds`, { amount, reason: 'a scratch' });
    return {
      call,
      subject: `order:${id}`,
      entry: { action: 'order.refund', reason: 'a scratch', before: null, after: { amount } },
    };
  },
  'post /v1/admin/orders/{orderId}/hold': async (shop) => {
    const id = await aConfirmedOrder(shop);
    const states = { before: { status: 'confirmed' }, after: { status: 'on_hold' } };
    return {
      call: () => shop.staff.post(`/v1/admin/orders/${id}/hold`, { reason: 'the address looks wrong' }),
      subject: `order:${id}`,
      entry: { action: 'order.hold', ...states, reason: 'the address looks wrong' },
    };
  },
  'post /v1/admin/orders/{orderId}/cancel': async (shop) => {
    const id = await aConfirmedOrder(shop);
    const states = { before: { status: 'confirmed' }, after: { status: 'cancelling' } };
    return {
      call: () => shop.staff.post(`/v1/admin/orders/${id}/cancel`, { reason: 'no such address' }),
      subject: `order:${id}`,
      entry: { action: 'order.cancel', ...states, reason: 'no such address' },
    };
  },
  'post /v1/admin/orders/{orderId}/release': async (shop) => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const { id } = await buyer.order();
    await buyer.pay(id, 'tok_pays_half');
    await eventually(async () => expect((await buyer.read(id)).body).toMatchObject({ status: 'on_hold' }));
    return {
      call: () => shop.staff.post(`/v1/admin/orders/${id}/release`, { reason: 'rest in cash' }),
      subject: `order:${id}`,
      entry: {
        action: 'order.release',
        reason: 'rest in cash',
        before: { status: 'on_hold', paymentStatus: 'partially_paid' },
        after: { status: 'confirmed', paymentStatus: 'partially_paid' },
      },
    };
  },
  'post /v1/admin/orders/{orderId}/payments/{paymentId}/capture': (shop) => aDecision(shop, 'capture'),
  'post /v1/admin/orders/{orderId}/payments/{paymentId}/void': (shop) => aDecision(shop, 'void'),
  'post /v1/admin/payments/{paymentId}/check': async (shop) => {
    const { paymentId, orderId } = await aStuckPayment(shop);
    const entry = { action: 'payment.check', before: { paymentId, status: 'created' }, after: null };
    return {
      call: () => shop.staff.post(`/v1/admin/payments/${paymentId}/check`, undefined),
      subject: `order:${orderId}`,
      entry,
    };
  },
  'post /v1/admin/payments/{paymentId}/fail': async (shop) => {
    const { paymentId, orderId } = await aStuckPayment(shop);
    const reason = 'not in the dashboard';
    const change = { before: { paymentId, status: 'created' }, after: { paymentId, status: 'failed' } };
    return {
      call: () => shop.staff.post(`/v1/admin/payments/${paymentId}/fail`, { reason }),
      subject: `order:${orderId}`,
      entry: { action: 'payment.fail', reason, ...change },
    };
  },
  'post /v1/admin/refunds/{refundId}/retry': async (shop) => {
    const { refundId, orderId } = await aParkedRefund(shop);
    const reason = 'the bank says it works now';
    const change = { before: { refundId, status: 'failed' }, after: { refundId, status: 'requested' } };
    return {
      call: () => shop.staff.post(`/v1/admin/refunds/${refundId}/retry`, { reason }),
      subject: `order:${orderId}`,
      entry: { action: 'refund.retry', reason, ...change },
    };
  },
  'post /v1/admin/payment-webhooks/{number}/retry': async (shop) => {
    const { number, eventId } = await aParkedWebhook(shop);
    const reason = 'the row is there now';
    const change = { before: { status: 'parked' }, after: { status: 'ignored', reason: 'payment_of_somebody_else' } };
    return {
      call: () => shop.staff.post(`/v1/admin/payment-webhooks/${number}/retry`, { reason }),
      subject: `payment_webhook:sandbox/${eventId}`,
      entry: { action: 'payment_webhook.retry', reason, ...change },
    };
  },
  'post /v1/admin/payment-webhooks/{number}/dismiss': async (shop) => {
    const { number, eventId } = await aParkedWebhook(shop);
    const reason = 'seen to by hand';
    const change = { before: { status: 'parked' }, after: { status: 'ignored', reason: 'dismissed_by_staff' } };
    return {
      call: () => shop.staff.post(`/v1/admin/payment-webhooks/${number}/dismiss`, { reason }),
      subject: `payment_webhook:sandbox/${eventId}`,
      entry: { action: 'payment_webhook.dismiss', reason, ...change },
    };
  },
};
