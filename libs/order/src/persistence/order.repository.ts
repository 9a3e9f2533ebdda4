import { Injectable, Logger } from '@nestjs/common';
import { CancellingDue, HoldExpiryDue } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { Outbox, Schedule } from '#messaging';
import type { MovedOrder } from '../domain/order-events.js';
import type { Transition } from '../domain/transition.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { cancellingDue } from './cancelling-due.js';
import { holdExpiryAt } from './hold-expiry.js';
import { insertOrders, type Placement } from './insert-orders.js';
import { prolongOrder } from './prolong-order.js';
import { transitionOrders, type OrderChange } from './transition-orders.js';
import type { Order } from './order.entity.js';

/**
 * The one writer of orders: state, history row and event are written together, and the event has the same number in the history and in
 * the outbox.
 */
@Injectable()
export class OrderRepository {
  private readonly logger = new Logger('Orders');

  constructor(
    private readonly outbox: Outbox,
    private readonly schedule: Schedule,
  ) {}

  async place(tx: Tx, placements: readonly Placement[]): Promise<Order[]> {
    const placed = await insertOrders(tx, placements);
    await this.outbox.add(
      tx,
      placed.map((order, place) => {
        const event = TRANSITIONS.placed.event(movedOf(order), { cartId: order.cartId });
        return { ...event, trace: placements[place]?.trace };
      }),
    );
    await this.schedule.put(
      tx,
      placed.map(({ id, reservationExpiresAt: at }, place) => {
        return { ...holdExpiryAt(id, { at }), trace: placements[place]?.trace };
      }),
    );
    for (const { id: orderId, number, lastSequence: sequence } of placed) {
      this.logger.log(lineOf(TRANSITIONS.placed, { orderId, number, sequence }));
    }
    return placed;
  }

  /** While a payment is under way its outcome is waited for, so the end of the hold moves without an event. */
  prolong(tx: Tx, orderId: Id<'order'>, reservationExpiresAt: Date): Promise<void> {
    return prolongOrder(tx, orderId, reservationExpiresAt);
  }

  /** Returns the orders that moved; the others were in no state to, or their total was another one. */
  async transition<Data>(
    tx: Tx,
    row: Transition<Data>,
    changes: readonly OrderChange<NoInfer<Data>>[],
  ): Promise<MovedOrder[]> {
    if (changes.length === 0) return [];
    const changeOf = new Map(changes.map((change) => [change.orderId, change]));
    const moved = await transitionOrders(tx, row, changes);
    const events = moved.flatMap((order) => {
      const change = changeOf.get(order.orderId);
      return change === undefined
        ? []
        : [{ ...row.event(order, change.data), cause: change.cause, trace: change.trace }];
    });
    await this.outbox.add(tx, events);
    if (row.to.status !== undefined && row.from.some(({ status }) => status === 'pending_payment')) {
      await this.schedule.cancel(
        tx,
        HoldExpiryDue,
        moved.map(({ orderId }) => orderId),
      );
    }
    await this.lookAfter(
      tx,
      row,
      moved.map(({ orderId }) => orderId),
    );
    for (const { orderId, number, sequence } of moved) this.logger.log(lineOf(row, { orderId, number, sequence }));
    return moved;
  }

  /** An order that is given up is looked at until its money is given back. */
  private async lookAfter<Data>(tx: Tx, row: Transition<Data>, orderIds: readonly Id<'order'>[]): Promise<void> {
    if (row.to.status === 'cancelling') await this.schedule.put(tx, orderIds.map(cancellingDue));
    else if (row.to.status !== undefined && row.from.some(({ status }) => status === 'cancelling')) {
      await this.schedule.cancel(tx, CancellingDue, orderIds);
    }
  }
}

/** What became of an order, for who looks for it by its id or number. Nothing of its buyer. */
const lineOf = ({ type, to }: Pick<Transition<never>, 'type' | 'to'>, order: object) => {
  return { msg: 'an order moves', ...order, event: type, to };
};

const movedOf = ({ id, number, lastSequence, currency, total, reservationExpiresAt, lines }: Order): MovedOrder => {
  return { orderId: id, number, sequence: lastSequence, currency, total, reservationExpiresAt, lines };
};
