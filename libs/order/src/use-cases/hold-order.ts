import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { orderLock } from '#contracts';
import type { Tx } from '#database';
import { assertVersion } from '#kernel';
import { InvalidTransition, OrderNotFound } from '../domain/order.errors.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { findOrder, lockOrder } from '../persistence/find-order.js';
import { OrderRepository } from '../persistence/order.repository.js';
import type { Order } from '../persistence/order.entity.js';
import type { StaffDecision } from './release-order.js';

/** Staff stop a confirmed order, also one of which a part has left: nothing leaves until they release or cancel it. Its stock stays. */
@Injectable()
export class HoldOrder extends SingleCommand<StaffDecision, Order> {
  constructor(private readonly repository: OrderRepository) {
    super();
  }

  override lock({ orderId }: StaffDecision) {
    return orderLock.lock(orderId);
  }

  /** @throws {OrderNotFound} @throws `stale_version` @throws {InvalidTransition} when it is not confirmed, or all of it has left. */
  override async runOne(tx: Tx, { orderId, reason, expected, staff }: StaffDecision): Promise<Order> {
    const seen = await lockOrder(tx, orderId, { ...staff, anyBuyer: true });
    assertVersion(expected, seen.version);
    const change = { orderId, actor: staff.actor, data: { reason: 'staff' }, holdReason: 'staff' } as const;
    const moved = await this.repository.transition(tx, TRANSITIONS.held, [change]);
    const order = await findOrder(tx, orderId);
    if (order === undefined) throw new OrderNotFound();
    if (moved.length === 0) throw InvalidTransition.of(seen, 'on_hold');
    const subject = { type: 'order', id: orderId };
    const states = { before: { status: seen.status }, after: { status: order.status } };
    await recordAudit(tx, staff.actor, [{ action: 'order.hold', subject, ...states, reason }]);
    return order;
  }
}
