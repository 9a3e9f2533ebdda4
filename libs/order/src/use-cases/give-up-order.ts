import { Injectable } from '@nestjs/common';
import { CapturedPayments, StockReservations } from '#contracts';
import type { Tx } from '#database';
import { TRANSITIONS } from '../domain/transitions.js';
import type { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';

export interface GivenUp {
  readonly actor: string;
  readonly reason: string;
}

/**
 * Gives up an order that has or may have money: its stock is free again with the same commit, also what was committed, and its money is
 * given back, or given up where it is only promised. It is cancelled when that is done; an order without money is at once.
 */
@Injectable()
export class GiveUpOrder {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
    private readonly payments: CapturedPayments,
  ) {}

  /** @param order its row is locked. False when its states do not allow it: goods have left, its money is disputed, or it has ended. */
  async run(tx: Tx, order: Order, { actor, reason }: GivenUp): Promise<boolean> {
    const { id: orderId, paymentId } = order;
    const change = { orderId, actor, data: { reason } };
    const moved = await this.repository.transition(tx, rowFor(order), [change]);
    if (moved.length === 0) return false;
    await this.stock.release(tx, [orderId], 'cancelled');
    if (paymentId === null || order.paymentStatus === 'refunded') return true;
    await this.payments.giveBack(tx, [{ orderId, paymentId, cause: order.isShort ? 'short_payment' : 'cancelled' }]);
    return true;
  }
}

function rowFor({ status, paymentStatus, paymentId, isShort }: Order) {
  if (status === 'pending_payment') return TRANSITIONS.cancelled;
  if (paymentId === null || paymentStatus === 'refunded') return TRANSITIONS.cancelledWithoutMoney;
  return isShort ? TRANSITIONS.shortPaymentRefused : TRANSITIONS.cancelling;
}
