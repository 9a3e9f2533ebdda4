import * as events from './order-events.js';
import { places, statesOf } from './order-states.js';
import { ANYWHERE, CANCELLING, EXPIRED, row, STANDING, STOPPABLE, TAKEN, WAITING } from './transition.js';

/** An order that was never confirmed, because too little came for it. */
const SHORT = places('on_hold', 'unfulfilled');
const MONEY = [...STANDING, ...CANCELLING];
/** The news of a refund may come before the news that promised money was captured. */
const REFUNDABLE = ['authorized', ...TAKEN] as const;

/** What money does to an order. Refunds, captures and disputes also concern orders whose goods have left; these stay where they are. */
export const PAYMENT_TRANSITIONS = {
  paymentStarted: row<events.NoData>({
    type: 'order.payment_started',
    from: statesOf(WAITING, 'none'),
    to: { payment: 'pending' },
    event: events.paymentStarted,
  }),
  paymentFailed: row<events.NoData>({
    type: 'order.payment_failed',
    from: statesOf(WAITING, 'pending'),
    to: { payment: 'none' },
    event: events.paymentFailed,
  }),
  confirmed: row<events.Confirmation>({
    type: 'order.confirmed',
    from: statesOf(WAITING, 'none', 'pending'),
    to: { status: 'confirmed', payment: 'paid' },
    event: events.confirmed,
  }),
  /** The money came after the order had expired. Its stock must have been held again before. */
  confirmedLate: row<events.Confirmation>({
    type: 'order.confirmed',
    from: statesOf(EXPIRED, 'none'),
    to: { status: 'confirmed', payment: 'paid' },
    event: events.confirmed,
  }),
  /** The money is promised. It is captured later. */
  authorized: row<events.Confirmation>({
    type: 'order.confirmed',
    from: statesOf(WAITING, 'none', 'pending'),
    to: { status: 'confirmed', payment: 'authorized' },
    event: events.confirmed,
  }),
  /** Also while the order is given up: then the money is to be given back. */
  captured: row<events.Payment>({
    type: 'order.paid',
    from: statesOf(MONEY, 'authorized'),
    to: { payment: 'paid' },
    event: events.paid,
  }),
  capturedShort: row<events.Payment>({
    type: 'order.partially_paid',
    from: statesOf(MONEY, 'authorized'),
    to: { payment: 'partially_paid' },
    event: events.partiallyPaid,
  }),
  /** The promised money was given up. */
  voided: row<events.Decision>({
    type: 'order.cancelled',
    from: statesOf([...STOPPABLE, ...CANCELLING], 'authorized'),
    to: { status: 'cancelled', payment: 'none' },
    event: events.cancelled,
  }),
  /** Less than the total was paid: staff decide, or the money goes back after a while. The stock stays held. */
  paidShort: row<events.Payment>({
    type: 'order.held',
    from: statesOf(WAITING, 'none', 'pending'),
    to: { status: 'on_hold', payment: 'partially_paid' },
    event: events.paidShort,
  }),
  partiallyRefunded: row<events.GivenBack>({
    type: 'order.partially_refunded',
    from: statesOf(MONEY, ...REFUNDABLE),
    to: { payment: 'partially_refunded' },
    event: events.partiallyRefunded,
  }),
  refunded: row<events.GivenBack>({
    type: 'order.refunded',
    from: statesOf(STANDING, ...REFUNDABLE),
    to: { payment: 'refunded' },
    event: events.refunded,
  }),
  /** The last of the money of an order that was not to go on is given back. */
  cancelledRefunded: row<events.LastGivenBack>({
    type: 'order.cancelled',
    from: [...statesOf(SHORT, 'partially_paid', 'partially_refunded'), ...statesOf(CANCELLING, ...REFUNDABLE)],
    to: { status: 'cancelled', payment: 'refunded' },
    event: events.cancelled,
  }),
  /** Nothing changes, but the timeline shows it. */
  refundFailed: row<events.FailedRefund>({
    type: 'order.refund_failed',
    from: ANYWHERE,
    to: {},
    event: events.refundFailed,
  }),
  disputed: row<events.NoData>({
    type: 'order.disputed',
    from: statesOf(MONEY, ...TAKEN),
    to: { payment: 'disputed' },
    event: events.disputed,
  }),
  disputeWon: row<events.NoData>({
    type: 'order.dispute_closed',
    from: statesOf(MONEY, 'disputed'),
    to: { payment: 'paid' },
    event: events.disputeWon,
  }),
  /** Some of the money had been given back before the dispute. */
  disputeWonPartly: row<events.NoData>({
    type: 'order.dispute_closed',
    from: statesOf(MONEY, 'disputed'),
    to: { payment: 'partially_refunded' },
    event: events.disputeWon,
  }),
  /** All of it had been given back. */
  disputeWonRefunded: row<events.NoData>({
    type: 'order.dispute_closed',
    from: statesOf(MONEY, 'disputed'),
    to: { payment: 'refunded' },
    event: events.disputeWon,
  }),
  /** Less than the total had been paid. */
  disputeWonShort: row<events.NoData>({
    type: 'order.dispute_closed',
    from: statesOf(MONEY, 'disputed'),
    to: { payment: 'partially_paid' },
    event: events.disputeWon,
  }),
  disputeLost: row<events.NoData>({
    type: 'order.dispute_closed',
    from: statesOf(MONEY, ...TAKEN, 'disputed'),
    to: { payment: 'refunded' },
    event: events.disputeLost,
  }),
} as const;
