import type { OutboxMessage } from '#messaging';
import * as events from './order-events.js';
import {
  FULFILMENT_STATUSES,
  ORDER_STATUSES,
  PAYMENT_STATUSES,
  type FulfilmentStatus,
  type OrderStatus,
  type PaymentStatus,
} from './order-states.js';

interface Step<Status> {
  /** Empty where the order does not exist before. */
  readonly from: readonly Status[];
  /** Undefined: it stays in the state that it has. */
  readonly to: Status | undefined;
}

/** From which states an order goes where, on each of its three axes, and the event that publishes it. */
export interface Transition<Data> {
  /** Of the event, without its version. */
  readonly type: string;
  readonly status: Step<OrderStatus>;
  readonly payment: Step<PaymentStatus>;
  readonly fulfilment: Step<FulfilmentStatus>;
  readonly event: (order: events.MovedOrder, data: Data) => OutboxMessage;
}

const row = <Data>(transition: Transition<Data>): Transition<Data> => transition;

const stays = <const Status extends string>(...from: readonly Status[]) => ({ from, to: undefined });

const unpaid = stays('none');
const waiting = stays('pending_payment');
const unfulfilled = stays('unfulfilled');
const confirmed = stays('confirmed');

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
  /** The money is promised. It is captured later. */
  authorized: row<events.Confirmation>({
    type: 'order.confirmed',
    status: { from: ['pending_payment'], to: 'confirmed' },
    payment: { from: ['none', 'pending'], to: 'authorized' },
    fulfilment: unfulfilled,
    event: events.confirmed,
  }),
  captured: row<events.Payment>({
    type: 'order.paid',
    status: confirmed,
    payment: { from: ['authorized'], to: 'paid' },
    fulfilment: unfulfilled,
    event: events.paid,
  }),
  capturedShort: row<events.Payment>({
    type: 'order.partially_paid',
    status: confirmed,
    payment: { from: ['authorized'], to: 'partially_paid' },
    fulfilment: unfulfilled,
    event: events.partiallyPaid,
  }),
  /** The promised money was given up. */
  voided: row<events.Decision>({
    type: 'order.cancelled',
    status: { from: ['confirmed'], to: 'cancelled' },
    payment: { from: ['authorized'], to: 'none' },
    fulfilment: unfulfilled,
    event: events.cancelled,
  }),
  /** Less than the total was paid: staff decide, or the money goes back after a while. The stock stays held. */
  paidShort: row<events.Payment>({
    type: 'order.held',
    status: { from: ['pending_payment'], to: 'on_hold' },
    payment: { from: ['none', 'pending'], to: 'partially_paid' },
    fulfilment: unfulfilled,
    event: events.paidShort,
  }),
  /** Staff take the smaller payment for the whole. */
  shortPaymentAccepted: row<events.Decision>({
    type: 'order.confirmed',
    status: { from: ['on_hold'], to: 'confirmed' },
    payment: stays('partially_paid'),
    fulfilment: unfulfilled,
    event: events.confirmed,
  }),
  /** Nobody accepted it: the stock is free again, and the order is cancelled when its money is given back. */
  shortPaymentRefused: row<events.Decision>({
    type: 'order.cancelling',
    status: { from: ['on_hold'], to: 'cancelling' },
    payment: stays('partially_paid', 'partially_refunded'),
    fulfilment: unfulfilled,
    event: events.cancelling,
  }),
  partiallyRefunded: row<events.GivenBack>({
    type: 'order.partially_refunded',
    status: confirmed,
    payment: { from: ['paid', 'partially_paid', 'partially_refunded'], to: 'partially_refunded' },
    fulfilment: unfulfilled,
    event: events.partiallyRefunded,
  }),
  /** The same for an order that was paid less than its total and did not go on. */
  shortPaymentPartiallyRefunded: row<events.GivenBack>({
    type: 'order.partially_refunded',
    status: stays('on_hold', 'cancelling'),
    payment: { from: ['partially_paid', 'partially_refunded'], to: 'partially_refunded' },
    fulfilment: unfulfilled,
    event: events.partiallyRefunded,
  }),
  refunded: row<events.GivenBack>({
    type: 'order.refunded',
    status: confirmed,
    payment: { from: ['paid', 'partially_paid', 'partially_refunded'], to: 'refunded' },
    fulfilment: unfulfilled,
    event: events.refunded,
  }),
  /** The last of the money of an order that was not to go on is given back. */
  cancelledRefunded: row<events.GivenBack & events.Decision>({
    type: 'order.cancelled',
    status: { from: ['on_hold', 'cancelling'], to: 'cancelled' },
    payment: { from: ['partially_paid', 'partially_refunded'], to: 'refunded' },
    fulfilment: unfulfilled,
    event: events.cancelled,
  }),
  /** Nothing changes, but the timeline shows it. */
  refundFailed: row<events.FailedRefund>({
    type: 'order.refund_failed',
    status: stays(...ORDER_STATUSES),
    payment: stays(...PAYMENT_STATUSES),
    fulfilment: stays(...FULFILMENT_STATUSES),
    event: events.refundFailed,
  }),
  disputed: row<events.NoData>({
    type: 'order.disputed',
    status: confirmed,
    payment: { from: ['paid', 'partially_paid', 'partially_refunded'], to: 'disputed' },
    fulfilment: unfulfilled,
    event: events.disputed,
  }),
  disputeWon: row<events.NoData>({
    type: 'order.dispute_closed',
    status: confirmed,
    payment: { from: ['disputed'], to: 'paid' },
    fulfilment: unfulfilled,
    event: events.disputeWon,
  }),
  /** Some of the money had been given back before the dispute. */
  disputeWonPartly: row<events.NoData>({
    type: 'order.dispute_closed',
    status: confirmed,
    payment: { from: ['disputed'], to: 'partially_refunded' },
    fulfilment: unfulfilled,
    event: events.disputeWon,
  }),
  /** All of it had been given back. */
  disputeWonRefunded: row<events.NoData>({
    type: 'order.dispute_closed',
    status: confirmed,
    payment: { from: ['disputed'], to: 'refunded' },
    fulfilment: unfulfilled,
    event: events.disputeWon,
  }),
  /** Less than the total had been paid, and staff had accepted that. */
  disputeWonShort: row<events.NoData>({
    type: 'order.dispute_closed',
    status: confirmed,
    payment: { from: ['disputed'], to: 'partially_paid' },
    fulfilment: unfulfilled,
    event: events.disputeWon,
  }),
  /** An order that was not to go on has lost its money to its buyer's bank. */
  cancelledLost: row<events.Decision>({
    type: 'order.cancelled',
    status: { from: ['on_hold', 'cancelling'], to: 'cancelled' },
    payment: { from: ['partially_paid', 'partially_refunded'], to: 'refunded' },
    fulfilment: unfulfilled,
    event: events.cancelled,
  }),
  disputeLost: row<events.NoData>({
    type: 'order.dispute_closed',
    status: confirmed,
    payment: { from: ['paid', 'partially_paid', 'partially_refunded', 'disputed'], to: 'refunded' },
    fulfilment: unfulfilled,
    event: events.disputeLost,
  }),
  cancelled: row<events.Decision>({
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
