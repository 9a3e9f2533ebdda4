import { OrderCancelled, OrderConfirmed, OrderExpired, OrderPaymentFailed, OrderPaymentStarted } from '#contracts';
import { Money, type Id } from '#kernel';
import { message } from '#messaging';
import { transition, type MovedOrder } from './transition.js';

type Nothing = Readonly<Record<string, never>>;

const about = (order: MovedOrder) => ({ subject: order.orderId, sequence: order.sequence });

const stayUnpaid = { from: ['none'], to: 'none' } as const;
const stayPending = { from: ['pending_payment'], to: 'pending_payment' } as const;

export const PAYMENT_STARTED = transition<Nothing>({
  type: 'order.payment_started',
  status: stayPending,
  payment: { from: ['none'], to: 'pending' },
  event: (order) =>
    message(OrderPaymentStarted, {
      ...about(order),
      data: { orderId: order.orderId, reservationExpiresAt: order.reservationExpiresAt.toISOString() },
    }),
});

export const PAYMENT_FAILED = transition<Nothing>({
  type: 'order.payment_failed',
  status: stayPending,
  payment: { from: ['pending'], to: 'none' },
  event: (order) =>
    message(OrderPaymentFailed, {
      ...about(order),
      data: { orderId: order.orderId, reservationExpiresAt: order.reservationExpiresAt.toISOString() },
    }),
});

const confirmed = {
  type: 'order.confirmed',
  payment: { from: ['none', 'pending'], to: 'paid' },
  event: (order: MovedOrder) =>
    message(OrderConfirmed, {
      ...about(order),
      data: { orderId: order.orderId, total: Money.of(order.total, order.currency), lines: [...order.lines] },
    }),
} as const;

export interface Confirmation {
  readonly paymentId: Id<'pay'>;
  readonly amount: Money;
  readonly [member: string]: unknown;
}

export const CONFIRMED = transition<Confirmation>({
  ...confirmed,
  status: { from: ['pending_payment'], to: 'confirmed' },
});

/** Nothing is due, so nobody is asked for money. */
export const CONFIRMED_FREE = transition<Nothing>({
  ...confirmed,
  status: { from: ['pending_payment'], to: 'confirmed' },
});

/** The money came after the order had expired. Its stock must have been held again before. */
export const CONFIRMED_LATE = transition<Confirmation>({
  ...confirmed,
  status: { from: ['expired'], to: 'confirmed' },
});

export const EXPIRED = transition<Nothing>({
  type: 'order.expired',
  status: { from: ['pending_payment'], to: 'expired' },
  payment: stayUnpaid,
  event: (order) => message(OrderExpired, { ...about(order), data: { orderId: order.orderId } }),
});

export const CANCELLED = transition<{ readonly reason: string }>({
  type: 'order.cancelled',
  status: { from: ['pending_payment'], to: 'cancelled' },
  payment: stayUnpaid,
  event: (order, { reason }) => message(OrderCancelled, { ...about(order), data: { orderId: order.orderId, reason } }),
});
