import { Injectable } from '@nestjs/common';
import { StockReservations } from '#contracts';
import type { Tx } from '#database';
import type { Id, Money } from '#kernel';
import type { Cause } from '#messaging';
import { TRANSITIONS } from '../domain/transitions.js';
import { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';

export interface RefundedPayment {
  readonly refundId: Id<'rfd'>;
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly amount: Money;
  readonly refundedTotal: Money;
  /** Undefined: the payment was the order's total. */
  readonly remaining?: Money | undefined;
  /** The event that publishes it. */
  readonly cause?: Cause | undefined;
}

/** The payment status of an order follows the refunds of the payment that confirmed it. Refunds of other payments change nothing. */
@Injectable()
export class NoteRefunds {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
  ) {}

  async run(tx: Tx, refunds: readonly RefundedPayment[]): Promise<void> {
    for (const refund of refunds) await this.note(tx, refund);
  }

  private async note(tx: Tx, { paymentId, orderId, cause, ...refund }: RefundedPayment): Promise<void> {
    const order = await tx.manager.findOne(Order, {
      where: { id: orderId, paymentId },
      lock: { mode: 'pessimistic_write' },
    });
    if (order === null) return;
    const { refundId, amount, refundedTotal } = refund;
    const remaining = refund.remaining?.amount ?? order.total - refundedTotal.amount;
    // Of money above the total: the order is still paid in full.
    if (remaining >= order.total) return;
    const change = { orderId, actor: 'payment', cause, data: { refundId, amount, refundedTotal } };
    if (remaining > 0) {
      await this.repository.transition(tx, TRANSITIONS.partiallyRefunded, [change]);
      return;
    }
    if (order.isTakenUp) {
      await this.repository.transition(tx, TRANSITIONS.refunded, [change]);
      return;
    }
    const data = { ...change.data, reason: 'refunded' };
    const [cancelled] = await this.repository.transition(tx, TRANSITIONS.cancelledRefunded, [{ ...change, data }]);
    if (cancelled !== undefined) await this.stock.release(tx, [orderId], 'cancelled');
  }
}
