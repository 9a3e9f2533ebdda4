import type { OutboxMessage } from '#messaging';
import * as events from './order-events.js';

export const ORDER_STATUSES = [
  'pending_payment',
  'confirmed',
  'on_hold',
  'cancelling',
  'cancelled',
  'expired',
  'shipped',
  'delivered',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Of an order's payment as a whole. `pending` lasts while an attempt may still take money. */
export const PAYMENT_STATUSES = [
  'none',
  'pending',
  'authorized',
  'partially_paid',
  'paid',
  'partially_refunded',
  'refunded',
  'disputed',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** Of the goods. */
export const FULFILMENT_STATUSES = ['unfulfilled', 'partially_fulfilled', 'fulfilled', 'returned'] as const;
export type FulfilmentStatus = (typeof FULFILMENT_STATUSES)[number];

interface Step<Status> {
  /** Empty where the order does not exist before. */
  readonly from: readonly Status[];
  readonly to: Status;
}

/** From which states an order goes where, on each of its three axes, and the event that tells of it. */
export interface Transition<Data> {
  /** Of the event, without its version. */
  readonly type: string;
  readonly status: Step<OrderStatus>;
  readonly payment: Step<PaymentStatus>;
  readonly fulfilment: Step<FulfilmentStatus>;
  readonly event: (order: events.MovedOrder, data: Data) => OutboxMessage;
}

const row = <Data>(transition: Transition<Data>): Transition<Data> => transition;

const unpaid = { from: ['none'], to: 'none' } as const;
const confirmedStays = { from: ['confirmed'], to: 'confirmed' } as const;
const waiting = { from: ['pending_payment'], to: 'pending_payment' } as const;
const unfulfilled = { from: ['unfulfilled'], to: 'unfulfilled' } as const;

/**
 * Everything that can happen to an order. A row is both what is legal and what the guarded update is given: an order moves if it is in
 * one of the states named by `from` on every axis, and nothing else changes its states. The invariant over the history derives from it.
 */
export const TRANSITIONS = {
  placed: row({
    type: 'order.placed',
    status: { from: [], to: 'pending_payment' },
    payment: { from: [], to: 'none' },
    fulfilment: { from: [], to: 'unfulfilled' },
    event: events.placed,
  }),
  paymentStarted: row<events.NoData>({
    type: 'order.payment_started',
    status: waiting,
    payment: { from: ['none'], to: 'pending' },
    fulfilment: unfulfilled,
    event: events.paymentStarted,
  }),
  paymentFailed: row<events.NoData>({
    type: 'order.payment_failed',
    status: waiting,
    payment: { from: ['pending'], to: 'none' },
    fulfilment: unfulfilled,
    event: events.paymentFailed,
  }),
  confirmed: row<events.Confirmation>({
    type: 'order.confirmed',
    status: { from: ['pending_payment'], to: 'confirmed' },
    payment: { from: ['none', 'pending'], to: 'paid' },
    fulfilment: unfulfilled,
    event: events.confirmed,
  }),
  /** The money came after the order had expired. Its stock must have been held again before. */
  confirmedLate: row<events.Confirmation>({
    type: 'order.confirmed',
    status: { from: ['expired'], to: 'confirmed' },
    payment: { from: ['none'], to: 'paid' },
    fulfilment: unfulfilled,
    event: events.confirmed,
  }),
  partiallyRefunded: row<events.GivenBack>({
    type: 'order.partially_refunded',
    status: confirmedStays,
    payment: { from: ['paid', 'partially_refunded'], to: 'partially_refunded' },
    fulfilment: unfulfilled,
    event: events.partiallyRefunded,
  }),
  refunded: row<events.GivenBack>({
    type: 'order.refunded',
    status: confirmedStays,
    payment: { from: ['paid', 'partially_refunded'], to: 'refunded' },
    fulfilment: unfulfilled,
    event: events.refunded,
  }),
  cancelled: row({
    type: 'order.cancelled',
    status: { from: ['pending_payment'], to: 'cancelled' },
    payment: unpaid,
    fulfilment: unfulfilled,
    event: events.cancelled,
  }),
  expired: row<events.NoData>({
    type: 'order.expired',
    status: { from: ['pending_payment'], to: 'expired' },
    payment: unpaid,
    fulfilment: unfulfilled,
    event: events.expired,
  }),
} as const;
