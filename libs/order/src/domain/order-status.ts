import { InvalidTransition } from './order.errors.js';

type Moves<Status extends string> = Readonly<Record<Status, readonly Status[]>>;

export type OrderStatus =
  'pending_payment' | 'confirmed' | 'on_hold' | 'cancelling' | 'cancelled' | 'expired' | 'shipped' | 'delivered';

/** Legal moves of an order. `expired` is left only by money that arrives late, and only with a new hold of the whole order. */
export const ORDER_MOVES = {
  pending_payment: ['confirmed', 'expired', 'cancelled'],
  confirmed: ['on_hold', 'cancelling', 'shipped'],
  on_hold: ['confirmed', 'cancelling'],
  cancelling: ['cancelled'],
  cancelled: [],
  expired: ['confirmed'],
  shipped: ['delivered'],
  delivered: [],
} as const satisfies Moves<OrderStatus>;

export type PaymentStatus =
  'none' | 'pending' | 'authorized' | 'partially_paid' | 'paid' | 'partially_refunded' | 'refunded' | 'disputed';

/** Legal moves of an order's payment as a whole. `pending` lasts while an attempt may still take money. */
export const PAYMENT_MOVES = {
  none: ['pending', 'paid'],
  pending: ['none', 'authorized', 'partially_paid', 'paid'],
  authorized: ['none', 'partially_paid', 'paid'],
  partially_paid: ['paid', 'partially_refunded', 'refunded'],
  paid: ['partially_refunded', 'refunded', 'disputed'],
  partially_refunded: ['refunded', 'disputed'],
  refunded: [],
  disputed: ['paid', 'partially_refunded', 'refunded'],
} as const satisfies Moves<PaymentStatus>;

export type FulfilmentStatus = 'unfulfilled' | 'partially_fulfilled' | 'fulfilled' | 'returned';

/** Legal moves of the goods. */
export const FULFILMENT_MOVES = {
  unfulfilled: ['partially_fulfilled', 'fulfilled'],
  partially_fulfilled: ['fulfilled', 'returned'],
  fulfilled: ['returned'],
  returned: [],
} as const satisfies Moves<FulfilmentStatus>;

export const statusesOf = <Table extends Moves<string>>(moves: Table) =>
  Object.keys(moves) as [keyof Table & string, ...(keyof Table & string)[]];

export const canMove = <Status extends string>(moves: Moves<Status>, from: Status, to: Status): boolean =>
  moves[from].includes(to);

/** @throws {InvalidTransition} for a move that the table does not have. */
export function assertMove<Status extends string>(moves: Moves<Status>, from: Status, to: Status): void {
  if (!canMove(moves, from, to)) throw new InvalidTransition(from, to);
}
