import { Money } from '#kernel';
import type { Order, OrderEvent } from '../persistence/order.entity.js';
import type { OrderEventView, OrderView } from './order.schemas.js';

export function orderView(order: Order): OrderView {
  return {
    id: order.id,
    number: order.number,
    cartId: order.cartId,
    status: order.status,
    paymentStatus: order.paymentStatus,
    fulfilmentStatus: order.fulfilmentStatus,
    currency: order.currency,
    items: order.lines.map(({ sku, name, quantity, unitPrice, lineTotal, discount, tax }) => ({
      sku,
      name,
      quantity,
      unitPrice: Money.of(unitPrice, order.currency),
      lineTotal: Money.of(lineTotal, order.currency),
      discount: Money.of(discount, order.currency),
      tax: Money.of(tax, order.currency),
    })),
    totals: order.totals,
    email: order.email,
    shippingAddress: order.shippingAddress,
    billingAddress: order.billingAddress,
    deliveryMethod: order.deliveryMethod,
    deliveryMethodName: order.deliveryMethodName,
    deliveryTax: Money.of(order.deliveryTax, order.currency),
    discountCode: order.discountCode,
    reservationExpiresAt: order.reservationExpiresAt.toISOString(),
    placedAt: order.placedAt.toISOString(),
    holdReason: order.holdReason,
    confirmedAt: order.confirmedAt?.toISOString() ?? null,
    version: order.version,
  };
}

export function orderEventView({ sequence, type, at, actor, traceId, data }: OrderEvent): OrderEventView {
  return { seq: sequence, type, at: at.toISOString(), actor, traceId, data };
}
