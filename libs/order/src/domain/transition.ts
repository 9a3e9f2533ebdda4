import type { HoldLine } from '#contracts';
import type { Currency, Id, Money } from '#kernel';
import type { Cause, OutboxMessage } from '#messaging';
import { assertMove, ORDER_MOVES, PAYMENT_MOVES, type OrderStatus, type PaymentStatus } from './order-status.js';

/** An order right after a fact was added to it. */
export interface MovedOrder {
  readonly orderId: Id<'order'>;
  /** Number of the fact, and of the event that tells of it. */
  readonly sequence: number;
  readonly currency: Currency;
  readonly total: number;
  readonly reservationExpiresAt: Date;
  readonly lines: readonly HoldLine[];
}

type EventData = Readonly<Record<string, unknown>>;

interface Move<Status> {
  readonly from: readonly Status[];
  readonly to: Status;
}

/** A kind of change: from which states it leads where, and the event that tells of it. Without a move a state stays as it is. */
export interface Transition<Data extends EventData = EventData> {
  /** Of the fact, for example `order.confirmed`. */
  readonly type: string;
  readonly status: Move<OrderStatus>;
  readonly payment: Move<PaymentStatus>;
  readonly event: (order: MovedOrder, data: Data) => OutboxMessage;
}

/** One order's part in a transition. */
export interface Change<Data extends EventData = EventData> {
  readonly orderId: Id<'order'>;
  readonly actor: string;
  /** What the fact says beside its type; shown in the timeline. */
  readonly data: Data;
  /** The order moves only if this is exactly its total. */
  readonly total?: Money;
  readonly paymentId?: Id<'pay'>;
  readonly reservationExpiresAt?: Date | undefined;
  /** The event that moves it, where several orders are moved by one event each. */
  readonly cause?: Cause | undefined;
}

/**
 * A transition whose moves stand in the tables; staying in a state is no move.
 *
 * @throws `invalid_transition` when the program starts with a transition that the tables do not have.
 */
export function transition<Data extends EventData>(definition: Transition<Data>): Transition<Data> {
  const { status, payment } = definition;
  for (const from of status.from) if (from !== status.to) assertMove(ORDER_MOVES, from, status.to);
  for (const from of payment.from) if (from !== payment.to) assertMove(PAYMENT_MOVES, from, payment.to);
  return definition;
}
