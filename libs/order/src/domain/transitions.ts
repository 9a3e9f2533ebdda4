import { GOODS_TRANSITIONS } from './goods-transitions.js';
import * as events from './order-events.js';
import { places, statesOf } from './order-states.js';
import { PAYMENT_TRANSITIONS } from './payment-transitions.js';
import { CANCELLING, CONFIRMED, ON_HOLD, row, SETTLED, STOPPABLE, TAKEN, WAITING } from './transition.js';

/** What a buyer, staff or a timer decides about an order. */
const DECISIONS = {
  placed: row<events.Placement>({
    type: 'order.placed',
    from: [],
    to: { status: 'pending_payment', payment: 'none', fulfilment: 'unfulfilled' },
    event: events.placed,
  }),
  cancelled: row<events.Decision>({
    type: 'order.cancelled',
    from: statesOf(WAITING, 'none'),
    to: { status: 'cancelled' },
    event: events.cancelled,
  }),
  expired: row<events.Ending>({
    type: 'order.expired',
    from: statesOf(WAITING, 'none'),
    to: { status: 'expired' },
    event: events.expired,
  }),
  /** Staff take the smaller payment for the whole. */
  shortPaymentAccepted: row<events.Decision>({
    type: 'order.confirmed',
    from: statesOf(places('on_hold', 'unfulfilled'), 'partially_paid'),
    to: { status: 'confirmed' },
    event: events.confirmed,
  }),
  /** Nobody accepted it: the stock is free again, and the order is cancelled when its money is given back. */
  shortPaymentRefused: row<events.Decision>({
    type: 'order.cancelling',
    from: statesOf(places('on_hold', 'unfulfilled'), 'partially_paid', 'partially_refunded', 'disputed'),
    to: { status: 'cancelling' },
    event: events.cancelling,
  }),
  /** Given up after money came or was promised. It is cancelled when that is given back. */
  cancelling: row<events.Decision>({
    type: 'order.cancelling',
    from: statesOf(STOPPABLE, 'authorized', ...TAKEN),
    to: { status: 'cancelling' },
    event: events.cancelling,
  }),
  held: row<events.Hold>({
    type: 'order.held',
    from: statesOf(CONFIRMED, ...SETTLED),
    to: { status: 'on_hold' },
    event: events.held,
  }),
  /** Another reason has come to the one for which it waits. */
  heldAgain: row<events.Hold>({
    type: 'order.held',
    from: statesOf(ON_HOLD, ...SETTLED),
    to: {},
    event: events.held,
  }),
  released: row<events.Decision>({
    type: 'order.released',
    from: statesOf(ON_HOLD, ...SETTLED),
    to: { status: 'confirmed' },
    event: events.released,
  }),
  /** No money of it is left, or there was none to pay. */
  cancelledWithoutMoney: row<events.Decision>({
    type: 'order.cancelled',
    from: [...statesOf(STOPPABLE, 'paid', 'refunded'), ...statesOf(CANCELLING, 'refunded')],
    to: { status: 'cancelled' },
    event: events.cancelled,
  }),
} as const;

/**
 * Everything that can happen to an order. A row is both what is legal and what the guarded update is given: an order moves if it is in
 * one of the states named by `from`, and nothing else changes its states. The invariant over the history derives from it.
 */
export const TRANSITIONS = { ...DECISIONS, ...PAYMENT_TRANSITIONS, ...GOODS_TRANSITIONS } as const;
