import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { orderLock, StockReservations, type BuyerCredentials } from '#contracts';
import type { Tx } from '#database';
import { assertVersion, type ExpectedVersions, type Id } from '#kernel';
import { findOrder, lockOrder } from '../persistence/find-order.js';
import { OrderRepository } from '../persistence/order.repository.js';
import type { Order } from '../persistence/order.entity.js';
import { InvalidTransition, OrderNotFound } from '../domain/order.errors.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { RefuseShortPayments } from './refuse-short-payments.js';

export interface Cancellation {
  readonly orderId: Id<'order'>;
  readonly buyer: BuyerCredentials;
  readonly actor: string;
  readonly expected: ExpectedVersions;
}

/**
 * A buyer gives up an order before any payment; its stock is free again with the same commit. Staff also give up one that was paid less
 * than its total: it is cancelled when its money is given back.
 */
@Injectable()
export class CancelOrder extends SingleCommand<Cancellation, Order> {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
    private readonly refuseShortPayments: RefuseShortPayments,
  ) {
    super();
  }

  override lock({ orderId }: Cancellation) {
    return orderLock.lock(orderId);
  }

  /** @throws {OrderNotFound} @throws `stale_version` @throws {InvalidTransition} when it is paid, ended, or a payment is under way. */
  override async runOne(tx: Tx, { orderId, buyer, actor, expected }: Cancellation): Promise<Order> {
    const seen = await lockOrder(tx, orderId, buyer);
    assertVersion(expected, seen.version);
    if (!(await this.giveUp(tx, orderId, buyer, actor))) {
      throw new InvalidTransition(seen.status, 'cancelled', { paymentStatus: seen.paymentStatus });
    }
    const order = await findOrder(tx, orderId);
    if (order === undefined) throw new OrderNotFound();
    if (buyer.anyBuyer === true) {
      const subject = { type: 'order', id: orderId };
      const change = { before: { status: seen.status }, after: { status: order.status } };
      await recordAudit(tx, actor, [{ action: 'order.cancel', subject, ...change }]);
    }
    return order;
  }

  private async giveUp(tx: Tx, orderId: Id<'order'>, buyer: BuyerCredentials, actor: string): Promise<boolean> {
    const isStaff = buyer.anyBuyer === true;
    const data = { reason: isStaff ? 'staff' : 'customer' };
    const moved = await this.repository.transition(tx, TRANSITIONS.cancelled, [{ orderId, actor, data }]);
    if (moved.length === 0) return isStaff && (await this.refuseShortPayments.run(tx, [orderId], actor)).length > 0;
    await this.stock.release(tx, [orderId], 'cancelled');
    return true;
  }
}
