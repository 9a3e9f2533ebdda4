import type { GoodsReturn } from '../persistence/goods-return.entity.js';
import type { Shipment } from '../persistence/shipment.entity.js';
import type { ReturnView, ShipmentView, StaffReturnView, StaffShipmentView } from './fulfilment.schemas.js';

export function shipmentView(shipment: Shipment): ShipmentView {
  const { id, orderId, status, lines, tracking, shippedAt, deliveredAt } = shipment;
  return {
    id,
    orderId,
    status,
    items: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    tracking,
    shippedAt: shippedAt.toISOString(),
    deliveredAt: deliveredAt?.toISOString() ?? null,
  };
}

export function staffShipmentView(shipment: Shipment): StaffShipmentView {
  const { location, shippedBy, deliveredBy } = shipment;
  return { ...shipmentView(shipment), location, shippedBy, deliveredBy };
}

export function returnView(goodsReturn: GoodsReturn): ReturnView {
  const { id, orderId, status, lines, reason, refund, requestedAt, closedAt } = goodsReturn;
  const closed = closedAt?.toISOString() ?? null;
  return {
    id,
    orderId,
    status,
    items: lines.map(({ sku, quantity, restocked, writtenOff }) => ({ sku, quantity, restocked, writtenOff })),
    reason,
    refund,
    requestedAt: requestedAt.toISOString(),
    receivedAt: status === 'received' ? closed : null,
    cancelledAt: status === 'cancelled' ? closed : null,
  };
}

export function staffReturnView(goodsReturn: GoodsReturn): StaffReturnView {
  const { location, requestedBy, closedBy, cancelReason } = goodsReturn;
  return { ...returnView(goodsReturn), location, requestedBy, closedBy, cancelReason };
}
