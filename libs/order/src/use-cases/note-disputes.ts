import { Injectable } from '@nestjs/common';
import type { Tx } from '#database';
import type { Id, Money } from '#kernel';
import type { Cause } from '#messaging';
import { TRANSITIONS } from '../domain/transitions.js';
import { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';

export interface DisputedPayment {
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly status: 'open' | 'won' | 'lost';
  readonly remaining: Money;
  readonly cause?: Cause | undefined;
}

/** The payment status of an order follows the disputes about the payment that confirmed it. */
@Injectable()
export class NoteDisputes {
  constructor(private readonly repository: OrderRepository) {}

  async run(tx: Tx, disputes: readonly DisputedPayment[]): Promise<void> {
    for (const dispute of disputes) await this.note(tx, dispute);
  }

  private async note(tx: Tx, { paymentId, orderId, status, remaining, cause }: DisputedPayment): Promise<void> {
    const order = await tx.manager.findOneBy(Order, { id: orderId, paymentId });
    if (order === null) return;
    const won = remaining.amount >= order.total ? TRANSITIONS.disputeWon : TRANSITIONS.disputeWonPartly;
    const transition = { open: TRANSITIONS.disputed, won, lost: TRANSITIONS.disputeLost }[status];
    await this.repository.transition(tx, transition, [{ orderId, actor: 'payment', data: {}, cause }]);
  }
}
