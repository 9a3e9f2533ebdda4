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

export interface Cancellation {
  readonly orderId: Id<'order'>;
  readonly buyer: BuyerCredentials;
  readonly actor: string;
  readonly expected: ExpectedVersions;
}

/** A buyer gives up an order before any payment; its stock is free again with the same commit. */
@Injectable()
export class CancelOrder extends SingleCommand<Cancellation, Order> {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
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
    const moved = await this.repository.transition(tx, TRANSITIONS.cancelled, [
      { orderId, actor, data: { reason: buyer.anyBuyer === true ? 'staff' : 'customer' } },
    ]);
    if (moved.length === 0) {
      throw new InvalidTransition(seen.status, TRANSITIONS.cancelled.status.to, { paymentStatus: seen.paymentStatus });
    }
    await this.stock.release(tx, [orderId], 'cancelled');
    const order = await findOrder(tx, orderId);
    if (order === undefined) throw new OrderNotFound();
    if (buyer.anyBuyer === true) {
      const subject = { type: 'order', id: orderId };
      const change = { before: { status: seen.status }, after: { status: order.status } };
      await recordAudit(tx, actor, [{ action: 'order.cancel', subject, ...change }]);
    }
    return order;
  }
}
