import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { StockReservations, type UnfitCapture } from '#contracts';
import type { Tx } from '#database';
import { Money, type Id } from '#kernel';
import type { Cause } from '#messaging';
import { OrderRepository } from '../persistence/order.repository.js';
import { Order } from '../persistence/order.entity.js';
import type { OrderChange } from '../persistence/transition-orders.js';
import type { Confirmation } from '../domain/order-events.js';
import { TRANSITIONS } from '../domain/transitions.js';

/** Money that the provider has taken for an order. */
export interface Capture {
  readonly orderId: Id<'order'>;
  readonly paymentId: Id<'pay'>;
  readonly amount: Money;
  readonly provider: string;
  /** The event that tells of it. */
  readonly cause?: Cause | undefined;
}

/**
 * `confirmed` also when the same capture had confirmed it before. `giveBack`: the money fits no order, and why. `refused` says what a
 * person has to see to.
 */
export type ConfirmOutcome = 'confirmed' | { readonly giveBack: UnfitCapture['cause'] } | { readonly refused: string };

/**
 * Confirms orders whose money has come. Takes a list: for captures that find their order waiting it is three statements, however many.
 * An order that expired meanwhile is confirmed if its stock can be held again. Whatever else does not fit is refused and changes
 * nothing: an order is never confirmed with another amount than its total. Outcomes come in the order of the captures.
 */
@Injectable()
export class ConfirmOrders {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
  ) {}

  async run(tx: Tx, captures: readonly Capture[]): Promise<ConfirmOutcome[]> {
    const firsts = firstOfEachOrder(captures);
    const outcomes = await this.decide(tx, firsts);
    if (firsts.length === captures.length) return outcomes;
    // A second capture for the same order is tried when the first has been decided.
    const others = captures.filter((capture) => !firsts.includes(capture));
    const later = await this.run(tx, others);
    return captures.flatMap((capture) => outcomes[firsts.indexOf(capture)] ?? later[others.indexOf(capture)] ?? []);
  }

  /** @param captures one an order */
  private async decide(tx: Tx, captures: readonly Capture[]): Promise<ConfirmOutcome[]> {
    const moved = await this.repository.transition(tx, TRANSITIONS.confirmed, captures.map(changeOf));
    if (moved.length === captures.length) return captures.map(() => 'confirmed');

    const ids = captures.map((capture) => capture.orderId);
    const orders = await this.ordersOf(tx, ids);
    await this.confirmLate(tx, captures, orders);
    const now = await this.ordersOf(tx, ids);
    return captures.map((capture) => judge(capture, now.get(capture.orderId)));
  }

  /** The move above has locked the rows that it did not move, too, so nobody changes them meanwhile. */
  private async ordersOf(tx: Tx, ids: readonly Id<'order'>[]): Promise<Map<Id<'order'>, Order>> {
    const orders = await tx.manager.find(Order, { where: { id: In(ids) }, relations: { lines: true } });
    return new Map(orders.map((order) => [order.id, order]));
  }

  private async confirmLate(
    tx: Tx,
    captures: readonly Capture[],
    orders: ReadonlyMap<Id<'order'>, Order>,
  ): Promise<void> {
    const late = captures.flatMap((capture) => {
      const order = orders.get(capture.orderId);
      return order?.status === 'expired' && Money.equal(capture.amount, order.totals.total) ? [{ capture, order }] : [];
    });
    if (late.length === 0) return;
    const holds = await this.stock.hold(
      tx,
      late.map(({ order }) => ({ orderId: order.id, lines: order.lines })),
    );
    const changes = late.flatMap(({ capture }, index) => {
      const hold = holds[index];
      return hold?.held ? [{ ...changeOf(capture), reservationExpiresAt: hold.expiresAt }] : [];
    });
    await this.repository.transition(tx, TRANSITIONS.confirmedLate, changes);
  }
}

function firstOfEachOrder(captures: readonly Capture[]): Capture[] {
  const first = new Map<Id<'order'>, Capture>();
  for (const capture of captures) if (!first.has(capture.orderId)) first.set(capture.orderId, capture);
  return [...first.values()];
}

function changeOf({ orderId, paymentId, amount, provider, cause }: Capture): OrderChange<Confirmation> {
  return { orderId, actor: `provider:${provider}`, data: { paymentId, amount }, total: amount, paymentId, cause };
}

function judge({ orderId, paymentId, amount }: Capture, order: Order | undefined): ConfirmOutcome {
  if (order === undefined) return { giveBack: 'order_not_found' };
  if (order.paymentId === paymentId) return 'confirmed';
  if (order.paymentId !== null) return { giveBack: 'second_payment' };
  if (order.status === 'cancelled') return { giveBack: 'order_ended' };
  if (!Money.equal(amount, order.totals.total)) {
    const taken = `Payment ${paymentId} took ${amount.amount} ${amount.currency}`;
    return { refused: `${taken} for order ${orderId}, whose total is ${order.total} ${order.currency}.` };
  }
  return { giveBack: 'order_ended' };
}
