import { newId } from '#kernel';
import type { Reply } from '../support/api-client.js';
import type { Shop } from '../support/start-shop.js';
import { aConfirmedOrder, aShippedOrder } from './fulfilled-orders.js';

const received = (sku: string, restocked: number) => ({ items: [{ sku, restocked, writtenOff: 0 }] });

/** How the problems of shipments and returns are provoked. */
export const fulfilmentProvocations: Readonly<Record<string, (shop: Shop) => Promise<Reply>>> = {
  shipment_not_found: (shop) => shop.staff.post(`/v1/admin/shipments/${newId('shp')}/deliver`, undefined),
  return_not_found: (shop) => shop.staff.post(`/v1/admin/returns/${newId('ret')}/cancel`, { reason: 'kept' }),
  sku_not_ordered: async (shop) => (await aConfirmedOrder(shop)).ship({ items: [{ sku: 'NO-SUCH', quantity: 1 }] }),
  over_shipment: async (shop) => {
    const { sku, ship } = await aConfirmedOrder(shop);
    return ship({ items: [{ sku, quantity: 2 }] });
  },
  already_shipped: async (shop) => (await aShippedOrder(shop)).ship(),
  over_return: async (shop) => (await aShippedOrder(shop)).askBack(2),
  over_receipt: async (shop) => {
    const { sku, askBack } = await aShippedOrder(shop);
    const { body } = await askBack(1);
    return shop.staff.post(`/v1/admin/returns/${body.id}/receive`, received(sku, 2));
  },
  refund_exceeds_order: async (shop) => {
    const { sku, askBack } = await aShippedOrder(shop);
    const { body } = await askBack(1);
    const refund = { amount: 1_001, currency: 'EUR' };
    return shop.staff.post(`/v1/admin/returns/${body.id}/receive`, { ...received(sku, 1), refund });
  },
};
