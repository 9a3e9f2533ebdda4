import { Injectable } from '@nestjs/common';
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
  readonly isFull: boolean;
  /** The event that tells of it. */
  readonly cause?: Cause | undefined;
}

/** The payment status of an order follows the refunds of the payment that confirmed it. Refunds of other payments change nothing. */
@Injectable()
export class NoteRefunds {
  constructor(private readonly repository: OrderRepository) {}

  async run(tx: Tx, refunds: readonly RefundedPayment[]): Promise<void> {
    for (const refund of refunds) await this.note(tx, refund);
  }

  private async note(tx: Tx, { paymentId, orderId, isFull, cause, ...refund }: RefundedPayment): Promise<void> {
    const order = await tx.manager.findOneBy(Order, { id: orderId, paymentId });
    if (order === null) return;
    const { refundId, amount, refundedTotal } = refund;
    const data = { refundId, amount, refundedTotal };
    const transition = isFull ? TRANSITIONS.refunded : TRANSITIONS.partiallyRefunded;
    await this.repository.transition(tx, transition, [{ orderId, actor: 'payment', data, cause }]);
  }
}
