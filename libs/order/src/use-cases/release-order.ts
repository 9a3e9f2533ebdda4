import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { orderLock, StockReservations, type BuyerCredentials } from '#contracts';
import type { Tx } from '#database';
import { assertVersion, type ExpectedVersions, type Id } from '#kernel';
import { InvalidTransition, OrderNotFound } from '../domain/order.errors.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { findOrder, lockOrder } from '../persistence/find-order.js';
import { OrderRepository } from '../persistence/order.repository.js';
import type { Order } from '../persistence/order.entity.js';

export interface StaffDecision {
  readonly orderId: Id<'order'>;
  readonly reason: string;
  readonly expected: ExpectedVersions;
  readonly staff: BuyerCredentials & { readonly actor: string };
}

/**
 * Staff let an order that is on hold go on. For one that was paid too little, the smaller payment is taken for the whole. One whose goods
 * were missing goes on only when they are there again.
 */
@Injectable()
export class ReleaseOrder extends SingleCommand<StaffDecision, Order> {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
  ) {
    super();
  }

  override lock({ orderId }: StaffDecision) {
    return orderLock.lock(orderId);
  }

  /** @throws {OrderNotFound} @throws `stale_version` `insufficient_stock` @throws {InvalidTransition} when it is not on hold. */
  override async runOne(tx: Tx, { orderId, reason, expected, staff }: StaffDecision): Promise<Order> {
    const seen = await lockOrder(tx, orderId, { ...staff, anyBuyer: true });
    assertVersion(expected, seen.version);
    const change = { orderId, actor: staff.actor, data: { reason } };
    const row = seen.isShort ? TRANSITIONS.shortPaymentAccepted : TRANSITIONS.released;
    const moved = await this.repository.transition(tx, row, [change]);
    if (moved.length === 0) throw InvalidTransition.of(seen, 'confirmed');
    const order = await findOrder(tx, orderId);
    if (order === undefined) throw new OrderNotFound();
    if (seen.holdReason === 'stock_shorted') await this.backAgain(tx, order);
    const { status, paymentStatus, holdReason } = seen;
    const subject = { type: 'order', id: orderId };
    const states = { before: { status, paymentStatus, holdReason }, after: { status: order.status, paymentStatus } };
    await recordAudit(tx, staff.actor, [{ action: 'order.release', subject, ...states, reason }]);
    return order;
  }

  private async backAgain(tx: Tx, { id: orderId, lines }: Order): Promise<void> {
    const refusal = await this.stock.backAgain(tx, { orderId, lines });
    if (refusal !== undefined) throw refusal.error;
  }
}
