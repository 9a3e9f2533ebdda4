import type { OutboxMessage } from '#messaging';
import type { MovedOrder } from './order-events.js';
import {
  FULFILMENT_STATUSES,
  ORDER_STATUSES,
  PAYMENT_STATUSES,
  places,
  statesOf,
  stateText,
  type OrderStates,
  type PaymentStatus,
} from './order-states.js';

/** From which states an order goes where, and the event that publishes it. */
export interface Transition<Data> {
  /** Of the event, without its version. */
  readonly type: string;
  /** The states in which it can happen. Empty where the order does not exist before. */
  readonly from: readonly OrderStates[];
  /** What changes; the rest stays as it is. */
  readonly to: Partial<OrderStates>;
  readonly event: (order: MovedOrder, data: Data) => OutboxMessage;
}

/** Keeps the literal states of a row, and the type of its data. */
export const row = <Data>(transition: Transition<Data>): Transition<Data> => transition;

/** Whether the table lets it happen to an order in these states. */
export const mayBegin = ({ from }: Pick<Transition<never>, 'from'>, states: OrderStates): boolean =>
  from.some((each) => stateText(each) === stateText(states));

/** Where an order that waits for its payment is. */
export const WAITING = places('pending_payment', 'unfulfilled');
export const EXPIRED = places('expired', 'unfulfilled');

export const CONFIRMED = places('confirmed', 'unfulfilled', 'partially_fulfilled', 'returned');
export const ON_HOLD = places('on_hold', 'unfulfilled', 'partially_fulfilled', 'returned');
/** All of the goods have left. */
export const SENT = [...places('shipped', 'fulfilled', 'returned'), ...places('delivered', 'fulfilled', 'returned')];
/** It was taken up, and is not given up. */
export const STANDING = [...CONFIRMED, ...ON_HOLD, ...SENT];

/** None of the goods is with the buyer, so that the order can be given up. */
export const STOPPABLE = [
  ...places('confirmed', 'unfulfilled', 'returned'),
  ...places('on_hold', 'unfulfilled', 'returned'),
];
export const CANCELLING = places('cancelling', 'unfulfilled', 'returned');

/** Some of the goods have left, and perhaps not all of them are back. */
export const SOME_LEFT = [
  ...places('confirmed', 'partially_fulfilled', 'returned'),
  ...places('on_hold', 'partially_fulfilled', 'returned'),
  ...SENT,
];
/** Goods are with the buyer, or on their way. */
export const AWAY = [
  ...places('confirmed', 'partially_fulfilled'),
  ...places('on_hold', 'partially_fulfilled'),
  ...places('shipped', 'fulfilled'),
  ...places('delivered', 'fulfilled'),
];

/** Money of which something may be left. */
export const TAKEN: readonly PaymentStatus[] = ['paid', 'partially_paid', 'partially_refunded'];
/** What the payment of an order can be from its confirmation on. */
export const SETTLED: readonly PaymentStatus[] = ['authorized', ...TAKEN, 'refunded', 'disputed'];
/** Goods leave for money that is there, promised, or was accepted as enough. */
export const SHIPPABLE: readonly PaymentStatus[] = ['authorized', ...TAKEN];

/** What only the timeline shows, whatever has become of the order. */
export const ANYWHERE = statesOf(
  ORDER_STATUSES.flatMap((status) => places(status, ...FULFILMENT_STATUSES)),
  ...PAYMENT_STATUSES,
);
