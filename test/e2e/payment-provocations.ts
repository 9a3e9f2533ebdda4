import { newId } from '#kernel';
import type { Reply } from '../support/api-client.js';
import type { Shop } from '../support/start-shop.js';
import { anOrder } from './busy-resources.js';

/** How the problems of payments are provoked. */
export const paymentProvocations: Readonly<Record<string, (shop: Shop) => Promise<Reply>>> = {
  nothing_to_refund: async (shop) => {
    const { order } = await anOrder(shop);
    return shop.staff.post(`/v1/admin/orders/${order.id}/refunds`, { reason: 'a mistake' });
  },
  payment_disputed: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    const { body: payment } = await buyer.pay(order.id);
    await shop.db.query(
      `INSERT INTO payment.disputes (id, payment_id, provider, provider_reference, status) VALUES ($1, $2, 'sandbox', $1, 'open')`,
      [newId('dsp'), payment.id],
    );
    return shop.staff.post(`/v1/admin/orders/${order.id}/refunds`, { reason: 'a mistake' });
  },
  payment_not_authorized: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    const { body: payment } = await buyer.pay(order.id);
    return shop.staff.post(`/v1/admin/orders/${order.id}/payments/${payment.id}/capture`, undefined);
  },
  payment_settled: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    const { body: payment } = await buyer.pay(order.id);
    return shop.staff.post(`/v1/admin/payments/${payment.id}/check`, undefined);
  },
  refund_not_found: (shop) => shop.staff.post(`/v1/admin/refunds/${newId('rfd')}/retry`, { reason: 'a mistake' }),
  refund_not_parked: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    const { body: payment } = await buyer.pay(order.id);
    const refundId = newId('rfd');
    await shop.db.query(
      `INSERT INTO payment.refunds (id, payment_id, order_id, status, amount, currency, cause, reason, requested_by)
       VALUES ($1, $2, $3, 'submitted', 1, 'EUR', 'staff', 'a mistake', 'staff:admin')`,
      [refundId, payment.id, order.id],
    );
    return shop.staff.post(`/v1/admin/refunds/${refundId}/retry`, { reason: 'a mistake' });
  },
  webhook_not_found: (shop) => shop.staff.post('/v1/admin/payment-webhooks/999999/retry', { reason: 'a mistake' }),
  webhook_not_parked: async (shop) => {
    const { rows } = await shop.db.query(
      `INSERT INTO payment.webhook_events (provider, event_id, type, status, settled_at)
       VALUES ('sandbox', $1, 'payout.paid', 'ignored', now()) RETURNING number`,
      [newId('key')],
    );
    return shop.staff.post(`/v1/admin/payment-webhooks/${rows[0].number}/dismiss`, { reason: 'a mistake' });
  },
  refund_exceeds_captured: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    await buyer.pay(order.id);
    const amount = { amount: 1, currency: 'JPY' };
    return shop.staff.post(`/v1/admin/orders/${order.id}/refunds`, { amount, reason: 'a mistake' });
  },
};
