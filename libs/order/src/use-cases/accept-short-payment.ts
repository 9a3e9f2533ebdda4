import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { orderLock, type BuyerCredentials } from '#contracts';
import type { Tx } from '#database';
import { assertVersion, type ExpectedVersions, type Id } from '#kernel';
import { InvalidTransition, OrderNotFound } from '../domain/order.errors.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { findOrder, lockOrder } from '../persistence/find-order.js';
import { OrderRepository } from '../persistence/order.repository.js';
import type { Order } from '../persistence/order.entity.js';

export interface Release {
  readonly orderId: Id<'order'>;
  readonly reason: string;
  readonly expected: ExpectedVersions;
  readonly staff: BuyerCredentials & { readonly actor: string };
}

/** Staff let an order that is on hold go on: the smaller payment that came for it is taken for the whole. */
@Injectable()
export class AcceptShortPayment extends SingleCommand<Release, Order> {
  constructor(private readonly repository: OrderRepository) {
    super();
  }

  override lock({ orderId }: Release) {
    return orderLock.lock(orderId);
  }

  /** @throws {OrderNotFound} @throws `stale_version` @throws {InvalidTransition} when it is not on hold. */
  override async runOne(tx: Tx, { orderId, reason, expected, staff }: Release): Promise<Order> {
    const seen = await lockOrder(tx, orderId, { ...staff, anyBuyer: true });
    assertVersion(expected, seen.version);
    const change = { orderId, actor: staff.actor, data: { reason } };
    const moved = await this.repository.transition(tx, TRANSITIONS.shortPaymentAccepted, [change]);
    const { status, paymentStatus } = seen;
    if (moved.length === 0) throw new InvalidTransition(status, 'confirmed', { paymentStatus });
    const order = await findOrder(tx, orderId);
    if (order === undefined) throw new OrderNotFound();
    const subject = { type: 'order', id: orderId };
    const states = { before: { status, paymentStatus }, after: { status: order.status, paymentStatus } };
    await recordAudit(tx, staff.actor, [{ action: 'order.release', subject, ...states, reason }]);
    return order;
  }
}
