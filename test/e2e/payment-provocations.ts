import { newId } from '#kernel';
import type { Reply } from '../support/api-client.js';
import type { Shop } from '../support/start-shop.js';
import { anOrder } from './busy-things.js';

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
  refund_exceeds_captured: async (shop) => {
    const { buyer, order } = await anOrder(shop);
    await buyer.pay(order.id);
    const amount = { amount: 1, currency: 'JPY' };
    return shop.staff.post(`/v1/admin/orders/${order.id}/refunds`, { amount, reason: 'a mistake' });
  },
};
