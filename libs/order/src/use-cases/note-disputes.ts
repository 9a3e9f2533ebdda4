import { Injectable } from '@nestjs/common';
import { CapturedPayments, StockReservations, type DisputeState } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import type { Cause } from '#messaging';
import { TRANSITIONS } from '../domain/transitions.js';
import { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';

export interface DisputedPayment {
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly cause?: Cause | undefined;
}

/**
 * The payment status of an order follows the disputes about the payment that confirmed it. Their events may come in any order, so the
 * payment module is asked how they stand now.
 */
@Injectable()
export class NoteDisputes {
  constructor(
    private readonly repository: OrderRepository,
    private readonly payments: CapturedPayments,
    private readonly stock: StockReservations,
  ) {}

  async run(tx: Tx, disputes: readonly DisputedPayment[]): Promise<void> {
    for (const dispute of disputes) await this.note(tx, dispute);
  }

  private async note(tx: Tx, { paymentId, orderId, cause }: DisputedPayment): Promise<void> {
    const lock = { mode: 'pessimistic_write' } as const;
    const order = await tx.manager.findOne(Order, { where: { id: orderId, paymentId }, lock });
    if (order === null) return;
    const state = await this.payments.disputeOf(tx, paymentId);
    const change = { orderId, actor: 'payment', data: {}, cause };
    await this.repository.transition(tx, transitionOf(state, order.total), [change]);
    if (order.isTakenUp || state.status === 'open') return;
    if (state.status === 'lost' || remainingOf(state) <= 0) {
      await this.cancel(tx, orderId, state.status, cause);
    } else if (order.status === 'cancelling') {
      // While the dispute was open its money could not be given back.
      await this.payments.giveBack(tx, [{ orderId, paymentId, cause: order.isShort ? 'short_payment' : 'cancelled' }]);
    }
  }

  /** An order that was not to go on, and of whose money nothing is left. */
  private async cancel(tx: Tx, orderId: Id<'order'>, outcome: 'won' | 'lost', cause: Cause | undefined): Promise<void> {
    const change = { orderId, actor: 'payment', data: { reason: `dispute_${outcome}` }, cause };
    const moved = await this.repository.transition(tx, TRANSITIONS.cancelledWithoutMoney, [change]);
    if (moved.length > 0) await this.stock.release(tx, [orderId], 'cancelled');
  }
}

const remainingOf = ({ captured, refundedTotal }: DisputeState): number => captured.amount - refundedTotal.amount;

function transitionOf(state: DisputeState, total: number) {
  if (state.status === 'open') return TRANSITIONS.disputed;
  if (state.status === 'lost') return TRANSITIONS.disputeLost;
  const remaining = remainingOf(state);
  if (remaining >= total) return TRANSITIONS.disputeWon;
  if (remaining <= 0) return TRANSITIONS.disputeWonRefunded;
  return state.refundedTotal.amount === 0 ? TRANSITIONS.disputeWonShort : TRANSITIONS.disputeWonPartly;
}
