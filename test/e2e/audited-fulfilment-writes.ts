import type { Shop } from '../support/start-shop.js';
import type { Write } from './audited-payment-writes.js';
import { aConfirmedOrder, aShippedOrder } from './fulfilled-orders.js';

const tracking = { carrier: 'DHL', number: '0034' };

/** One way to use each operation by which staff ship goods or take them back. */
export const AUDITED_FULFILMENT_WRITES: Readonly<Record<string, (shop: Shop) => Promise<Write>>> = {
  'post /v1/admin/orders/{orderId}/shipments': async (shop) => {
    const { sku, orderId, ship } = await aConfirmedOrder(shop);
    const after = { goods: [{ sku, quantity: 1 }], tracking };
    return {
      call: () => ship({ tracking }),
      subject: `order:${orderId}`,
      entry: { action: 'order.ship', before: null, after },
    };
  },
  'put /v1/admin/shipments/{shipmentId}/tracking': async (shop) => {
    const { orderId, shipment } = await aShippedOrder(shop);
    const change = {
      before: { shipmentId: shipment.id, tracking: null },
      after: { shipmentId: shipment.id, tracking },
    };
    return {
      call: () => shop.staff.put(`/v1/admin/shipments/${shipment.id}/tracking`, tracking),
      subject: `order:${orderId}`,
      entry: { action: 'shipment.track', ...change },
    };
  },
  'post /v1/admin/shipments/{shipmentId}/deliver': async (shop) => {
    const { orderId, shipment } = await aShippedOrder(shop);
    const change = { before: { status: 'shipped' }, after: { status: 'delivered' } };
    return {
      call: () => shop.staff.post(`/v1/admin/shipments/${shipment.id}/deliver`, undefined),
      subject: `order:${orderId}`,
      entry: { action: 'shipment.deliver', ...change },
    };
  },
  'post /v1/admin/orders/{orderId}/returns': async (shop) => {
    const { sku, orderId, askBack } = await aShippedOrder(shop);
    const after = { items: [{ sku, quantity: 1 }] };
    return {
      call: () => askBack(1),
      subject: `order:${orderId}`,
      entry: { action: 'return.request', reason: 'too small', before: null, after },
    };
  },
  'post /v1/orders/{orderId}/returns': async (shop) => {
    const { sku, orderId } = await aShippedOrder(shop);
    const items = [{ sku, quantity: 1 }];
    return {
      call: () => shop.staff.post(`/v1/orders/${orderId}/returns`, { items, reason: 'by telephone' }),
      subject: `order:${orderId}`,
      entry: { action: 'return.request', reason: 'by telephone', before: null, after: { items } },
    };
  },
  'post /v1/admin/returns/{returnId}/receive': async (shop) => {
    const { sku, orderId, askBack } = await aShippedOrder(shop);
    const { body } = await askBack(1);
    const items = [{ sku, restocked: 1, writtenOff: 0 }];
    const after = { returnId: body.id, status: 'received', items, refund: { amount: 1_000, currency: 'EUR' } };
    return {
      call: () => shop.staff.post(`/v1/admin/returns/${body.id}/receive`, { items }),
      subject: `order:${orderId}`,
      entry: { action: 'return.receive', before: { returnId: body.id, status: 'requested' }, after },
    };
  },
  'post /v1/admin/returns/{returnId}/cancel': async (shop) => {
    const { orderId, askBack } = await aShippedOrder(shop);
    const { body } = await askBack(1);
    const change = { before: { status: 'requested' }, after: { status: 'cancelled' } };
    return {
      call: () => shop.staff.post(`/v1/admin/returns/${body.id}/cancel`, { reason: 'kept' }),
      subject: `order:${orderId}`,
      entry: { action: 'return.cancel', reason: 'kept', ...change },
    };
  },
};
