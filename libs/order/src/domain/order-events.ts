import {
  OrderCancelled,
  OrderCancelling,
  OrderConfirmed,
  OrderDelivered,
  OrderDisputeClosed,
  OrderDisputed,
  OrderExpired,
  OrderHeld,
  OrderHeldForReason,
  OrderPaid,
  OrderPartiallyDelivered,
  OrderPartiallyPaid,
  OrderPartiallyReturned,
  OrderPartiallyShipped,
  OrderPaymentFailed,
  OrderPaymentStarted,
  OrderPartiallyRefunded,
  OrderPlaced,
  OrderRefunded,
  OrderReleased,
  OrderRefundFailed,
  OrderReturned,
  OrderShipped,
  type HoldLine,
} from '#contracts';
import { Money, type Currency, type Id } from '#kernel';
import { message, type OutboxMessage } from '#messaging';
import type { HoldReason } from './order-states.js';

/** An order right after something happened to it. */
export interface MovedOrder {
  readonly orderId: Id<'order'>;
  /** For people. */
  readonly number: string;
  /** Number of the history row, and of its event. */
  readonly sequence: number;
  readonly currency: Currency;
  readonly total: number;
  readonly reservationExpiresAt: Date;
  readonly lines: readonly HoldLine[];
}

/** What the history says of an event beside its type. */
export type NoData = Readonly<Record<string, never>>;

/** Empty for an order with the total 0: nobody is asked for money. */
export interface Confirmation {
  readonly paymentId?: Id<'pay'>;
  readonly amount?: Money;
}

export interface Placement {
  readonly cartId: Id<'cart'>;
}

/** What came for an order. */
export interface Payment {
  readonly paymentId: Id<'pay'>;
  readonly amount: Money;
}

/** Why somebody, or a timer, decided so. */
export interface Decision {
  readonly reason: string;
}

export interface GivenBack {
  readonly refundId: Id<'rfd'>;
  readonly amount: Money;
  readonly refundedTotal: Money;
}

export interface FailedRefund {
  readonly refundId: Id<'rfd'>;
  readonly amount: Money;
  readonly reason: string;
}

/** Why an order that was confirmed waits. */
export interface Hold {
  readonly reason: HoldReason;
}

/** `reason`: where another one than the end of its hold. */
export interface Ending {
  readonly reason?: string;
}

/** What was given back last, where that is known. */
export type LastGivenBack = Decision & Partial<GivenBack>;

export interface Shipped {
  readonly shipmentId: Id<'shp'>;
}

export interface Returned {
  readonly returnId: Id<'ret'>;
}

const about = ({ orderId, sequence }: MovedOrder) => ({ subject: orderId, sequence });
const totalOf = ({ total, currency }: MovedOrder) => Money.of(total, currency);
const linesOf = ({ lines }: MovedOrder) => lines.map(({ sku, quantity }) => ({ sku, quantity }));
const holdOf = ({ orderId, reservationExpiresAt }: MovedOrder) => {
  return { orderId, reservationExpiresAt: reservationExpiresAt.toISOString() };
};

export const placed = (order: MovedOrder, { cartId }: Placement): OutboxMessage =>
  message(OrderPlaced, {
    ...about(order),
    data: { ...holdOf(order), cartId, total: totalOf(order), lines: linesOf(order) },
  });

export const paymentStarted = (order: MovedOrder): OutboxMessage =>
  message(OrderPaymentStarted, { ...about(order), data: holdOf(order) });

export const paymentFailed = (order: MovedOrder): OutboxMessage =>
  message(OrderPaymentFailed, { ...about(order), data: holdOf(order) });

export const confirmed = (order: MovedOrder): OutboxMessage =>
  message(OrderConfirmed, {
    ...about(order),
    data: { orderId: order.orderId, total: totalOf(order), lines: linesOf(order) },
  });

export const cancelled = (order: MovedOrder, { reason }: Decision): OutboxMessage =>
  message(OrderCancelled, { ...about(order), data: { orderId: order.orderId, reason } });

export const cancelling = (order: MovedOrder, { reason }: Decision): OutboxMessage =>
  message(OrderCancelling, { ...about(order), data: { orderId: order.orderId, reason } });

export const paid = (order: MovedOrder, { amount }: Payment): OutboxMessage =>
  message(OrderPaid, { ...about(order), data: { orderId: order.orderId, amount } });

export const partiallyPaid = (order: MovedOrder, { amount }: Payment): OutboxMessage =>
  message(OrderPartiallyPaid, { ...about(order), data: { orderId: order.orderId, amount } });

export const paidShort = (order: MovedOrder): OutboxMessage =>
  message(OrderHeld, { ...about(order), data: { orderId: order.orderId, reason: 'short_payment' } });

export const disputed = (order: MovedOrder): OutboxMessage =>
  message(OrderDisputed, { ...about(order), data: { orderId: order.orderId } });

export const disputeWon = (order: MovedOrder): OutboxMessage => disputeClosed(order, 'won');
export const disputeLost = (order: MovedOrder): OutboxMessage => disputeClosed(order, 'lost');

export const partiallyRefunded = (order: MovedOrder, { refundedTotal }: GivenBack): OutboxMessage =>
  message(OrderPartiallyRefunded, { ...about(order), data: { orderId: order.orderId, refundedTotal } });

export const refunded = (order: MovedOrder, { refundedTotal }: GivenBack): OutboxMessage =>
  message(OrderRefunded, { ...about(order), data: { orderId: order.orderId, refundedTotal } });

export const refundFailed = (order: MovedOrder, refund: FailedRefund): OutboxMessage =>
  message(OrderRefundFailed, { ...about(order), data: { orderId: order.orderId, ...refund } });

export const expired = (order: MovedOrder): OutboxMessage =>
  message(OrderExpired, { ...about(order), data: { orderId: order.orderId } });

const aboutShipment = (order: MovedOrder, { shipmentId }: Shipped) => {
  return { ...about(order), data: { orderId: order.orderId, shipmentId } };
};
const aboutReturn = (order: MovedOrder, { returnId }: Returned) => {
  return { ...about(order), data: { orderId: order.orderId, returnId } };
};

export const partiallyShipped = (order: MovedOrder, data: Shipped): OutboxMessage =>
  message(OrderPartiallyShipped, aboutShipment(order, data));

export const shipped = (order: MovedOrder, data: Shipped): OutboxMessage =>
  message(OrderShipped, aboutShipment(order, data));

export const partiallyDelivered = (order: MovedOrder, data: Shipped): OutboxMessage =>
  message(OrderPartiallyDelivered, aboutShipment(order, data));

export const delivered = (order: MovedOrder, data: Shipped): OutboxMessage =>
  message(OrderDelivered, aboutShipment(order, data));

export const partiallyReturned = (order: MovedOrder, data: Returned): OutboxMessage =>
  message(OrderPartiallyReturned, aboutReturn(order, data));

export const returned = (order: MovedOrder, data: Returned): OutboxMessage =>
  message(OrderReturned, aboutReturn(order, data));

export const held = (order: MovedOrder, { reason }: Hold): OutboxMessage =>
  message(OrderHeldForReason, { ...about(order), data: { orderId: order.orderId, reason } });

export const released = (order: MovedOrder, { reason }: Decision): OutboxMessage =>
  message(OrderReleased, { ...about(order), data: { orderId: order.orderId, reason } });

const disputeClosed = (order: MovedOrder, outcome: 'won' | 'lost'): OutboxMessage =>
  message(OrderDisputeClosed, { ...about(order), data: { orderId: order.orderId, outcome } });
