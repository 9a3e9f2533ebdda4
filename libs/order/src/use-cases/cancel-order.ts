import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { Config } from '#config';
import { orderLock, type BuyerCredentials } from '#contracts';
import type { Tx } from '#database';
import { assertVersion, type ExpectedVersions, type Id } from '#kernel';
import { findOrder, lockOrder } from '../persistence/find-order.js';
import type { Order } from '../persistence/order.entity.js';
import { InvalidTransition, OrderNotFound } from '../domain/order.errors.js';
import { GiveUpOrder } from './give-up-order.js';

export interface Cancellation {
  readonly orderId: Id<'order'>;
  readonly buyer: BuyerCredentials;
  readonly actor: string;
  readonly expected: ExpectedVersions;
  /** Why staff do it, for the audit. */
  readonly reason?: string;
}

/**
 * A buyer gives up an order: unpaid, or, where the shop lets them, paid while nothing of it has left. Staff also give up what is on hold, and
 * what has come back. It is cancelled when its money is given back.
 */
@Injectable()
export class CancelOrder extends SingleCommand<Cancellation, Order> {
  constructor(
    private readonly giveUpOrder: GiveUpOrder,
    private readonly config: Config,
  ) {
    super();
  }

  override lock({ orderId }: Cancellation) {
    return orderLock.lock(orderId);
  }

  /**
   * @throws {OrderNotFound} @throws `stale_version` @throws {InvalidTransition} when it has ended, its goods have left, a payment is under
   * way, or a bank asks for its money.
   */
  override async runOne(tx: Tx, { orderId, buyer, actor, expected, reason }: Cancellation): Promise<Order> {
    const seen = await lockOrder(tx, orderId, buyer);
    assertVersion(expected, seen.version);
    const isStaff = buyer.anyBuyer === true;
    const mayCancel = isStaff || this.isOpenToBuyer(seen);
    const decision = { actor, reason: isStaff ? 'staff' : 'customer' };
    if (!mayCancel || !(await this.giveUpOrder.run(tx, seen, decision))) throw InvalidTransition.of(seen, 'cancelled');
    const order = await findOrder(tx, orderId);
    if (order === undefined) throw new OrderNotFound();
    if (isStaff) {
      const subject = { type: 'order', id: orderId };
      const change = { before: { status: seen.status }, after: { status: order.status } };
      await recordAudit(tx, actor, [{ action: 'order.cancel', subject, ...change, reason }]);
    }
    return order;
  }

  private isOpenToBuyer({ status, fulfilmentStatus }: Order): boolean {
    if (status === 'pending_payment') return true;
    const afterPayment = this.config.BUYER_CANCEL_AFTER_PAYMENT === 'yes';
    return afterPayment && status === 'confirmed' && fulfilmentStatus === 'unfulfilled';
  }
}
