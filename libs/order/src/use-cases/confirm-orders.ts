import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { StockReservations, type UnfitCause } from '#contracts';
import type { Tx } from '#database';
import { Money, type Id } from '#kernel';
import type { Capture } from '../domain/capture.js';
import { judgeCapture } from '../domain/judge-capture.js';
import type { Confirmation, MovedOrder } from '../domain/order-events.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { OrderRepository } from '../persistence/order.repository.js';
import { Order } from '../persistence/order.entity.js';
import type { OrderChange } from '../persistence/transition-orders.js';
import { EndPayment } from './end-payment.js';
import { HoldShortOrder } from './hold-short-order.js';

/**
 * `confirmed` also when the same capture had confirmed it before. `on_hold`: it is less than the total. `giveBack`: money that fits no
 * order, why, and how much of it where that is not all; the rest has confirmed its order.
 */
export type ConfirmOutcome =
  'confirmed' | 'on_hold' | { readonly giveBack: UnfitCause; readonly amount?: Money | undefined };

type Orders = ReadonlyMap<Id<'order'>, Order>;

/**
 * Confirms orders whose money has come. Takes a list: for captures that find their order waiting it is three statements, however many.
 * An order that expired meanwhile is confirmed if its stock can be held again. What was paid above the total is given back; an order that
 * was paid less waits for staff. Outcomes come in the order of the captures.
 */
@Injectable()
export class ConfirmOrders {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
    private readonly holdShortOrder: HoldShortOrder,
    private readonly endPayment: EndPayment,
  ) {}

  async run(tx: Tx, captures: readonly Capture[]): Promise<ConfirmOutcome[]> {
    const largest = largestOfEachOrder(captures);
    const outcomes = await this.decide(tx, largest);
    if (largest.length === captures.length) return outcomes;
    // Another capture for the same order is tried when the largest has been decided.
    const others = captures.filter((capture) => !largest.includes(capture));
    const later = await this.run(tx, others);
    return captures.flatMap((capture) => outcomes[largest.indexOf(capture)] ?? later[others.indexOf(capture)] ?? []);
  }

  /** @param captures one an order */
  private async decide(tx: Tx, captures: readonly Capture[]): Promise<ConfirmOutcome[]> {
    const moved = await this.repository.transition(tx, TRANSITIONS.confirmed, captures.map(changeOf));
    const confirmed = new Map(moved.map((order) => [order.orderId, order]));
    const others = captures.filter(({ orderId }) => !confirmed.has(orderId));
    const orders = await this.ordersOf(tx, others);
    for (const order of await this.confirmLate(tx, others, orders)) confirmed.set(order.orderId, order);
    const outcomes: ConfirmOutcome[] = [];
    for (const capture of captures) {
      const order = confirmed.get(capture.orderId);
      outcomes.push(order ? excessOf(capture, order) : await this.settle(tx, capture, orders.get(capture.orderId)));
    }
    return outcomes;
  }

  /** The move has locked the rows that it did not move, too, so nobody changes them meanwhile. */
  private async ordersOf(tx: Tx, captures: readonly Capture[]): Promise<Orders> {
    if (captures.length === 0) return new Map();
    const where = { id: In(captures.map(({ orderId }) => orderId)) };
    const orders = await tx.manager.find(Order, { where, relations: { lines: true } });
    return new Map(orders.map((order) => [order.id, order]));
  }

  private async confirmLate(tx: Tx, captures: readonly Capture[], orders: Orders): Promise<MovedOrder[]> {
    const late = captures.flatMap((capture) => {
      const order = orders.get(capture.orderId);
      return order?.status === 'expired' && judge(capture, order) === 'ok' ? [{ capture, order }] : [];
    });
    if (late.length === 0) return [];
    const holds = await this.stock.hold(
      tx,
      late.map(({ order }) => ({ orderId: order.id, lines: order.lines })),
    );
    const changes = late.flatMap(({ capture }, index) => {
      const hold = holds[index];
      return hold?.held ? [{ ...changeOf(capture), reservationExpiresAt: hold.expiresAt }] : [];
    });
    return this.repository.transition(tx, TRANSITIONS.confirmedLate, changes);
  }

  /** Money that has confirmed no order now. */
  private async settle(tx: Tx, capture: Capture, order: Order | undefined): Promise<ConfirmOutcome> {
    const judgement = judge(capture, order);
    if (judgement === 'short') {
      await this.holdShortOrder.run(tx, capture);
      return 'on_hold';
    }
    if (judgement === 'ok') return this.known(tx, capture, order);
    // The buyer may pay it in the right currency while the stock is held.
    if (judgement.giveBack === 'wrong_currency') await this.endPayment.run(tx, capture.orderId);
    return judgement;
  }

  /** The order was confirmed by this payment before, when it was captured or only promised; or it has expired, and its stock is sold. */
  private async known(tx: Tx, { orderId, paymentId, amount }: Capture, order?: Order): Promise<ConfirmOutcome> {
    if (order?.paymentId !== paymentId) return { giveBack: 'order_ended' };
    if (order.paymentStatus !== 'authorized') return 'confirmed';
    const transition = amount.amount < order.total ? TRANSITIONS.capturedShort : TRANSITIONS.captured;
    const change = { orderId, actor: 'payment', data: { paymentId, amount } };
    const moved = await this.repository.transition(tx, transition, [change]);
    // It was promised when the order was given up, and captured before that reached the provider.
    if (order.status === 'cancelling') return { giveBack: 'order_ended' };
    return moved[0] === undefined || amount.amount <= order.total ? 'confirmed' : excessOf({ amount }, moved[0]);
  }
}

function largestOfEachOrder(captures: readonly Capture[]): Capture[] {
  const largest = new Map<Id<'order'>, Capture>();
  for (const capture of captures) {
    const known = largest.get(capture.orderId);
    if (known === undefined || capture.amount.amount > known.amount.amount) largest.set(capture.orderId, capture);
  }
  return [...largest.values()];
}

function changeOf({ orderId, paymentId, amount, provider, cause }: Capture): OrderChange<Confirmation> {
  return { orderId, actor: `provider:${provider}`, data: { paymentId, amount }, total: amount, paymentId, cause };
}

const judge = (capture: Capture, order: Order | undefined) =>
  judgeCapture(capture, order && { status: order.status, paymentId: order.paymentId, total: order.totals.total });

function excessOf({ amount }: Pick<Capture, 'amount'>, { total }: MovedOrder): ConfirmOutcome {
  if (amount.amount === total) return 'confirmed';
  return { giveBack: 'overpaid', amount: Money.of(amount.amount - total, amount.currency) };
}
