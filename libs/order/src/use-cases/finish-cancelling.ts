import { Injectable, Logger } from '@nestjs/common';
import { CapturedPayments, type GivingBack } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { Schedule } from '#messaging';
import { TRANSITIONS } from '../domain/transitions.js';
import { cancellingDue } from '../persistence/cancelling-due.js';
import { lockOrders } from '../persistence/find-order.js';
import type { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';

/**
 * Looks at orders that are given up and not cancelled after a while: their money is asked for again where nobody does, and they are
 * cancelled where nothing of it is left. What waits for a person is looked at again, and said. Safe several times and at once: the rows
 * are locked, and what is asked for counts as given back.
 */
@Injectable()
export class FinishCancelling {
  private readonly logger = new Logger(FinishCancelling.name);

  constructor(
    private readonly repository: OrderRepository,
    private readonly payments: CapturedPayments,
    private readonly schedule: Schedule,
  ) {}

  /** Returns those that are cancelled now. */
  async run(tx: Tx, orderIds: readonly Id<'order'>[]): Promise<Id<'order'>[]> {
    const cancelled: Id<'order'>[] = [];
    for (const order of await lockOrders(tx, orderIds)) {
      if (order.status === 'cancelling' && (await this.finish(tx, order))) cancelled.push(order.id);
    }
    return cancelled;
  }

  private async finish(tx: Tx, order: Order): Promise<boolean> {
    const { id: orderId, number, paymentId } = order;
    const state = paymentId === null ? 'not_taken' : await this.payments.givingBackOf(tx, paymentId);
    const isDone = state === 'given_back' || state === 'not_taken';
    if (isDone && (await this.cancel(tx, order, state))) return true;
    if (state === 'open' && paymentId !== null) {
      await this.payments.giveBack(tx, [{ orderId, paymentId, cause: order.isShort ? 'short_payment' : 'cancelled' }]);
    }
    if (state === 'waits') this.logger.error({ msg: 'a cancelled order’s money waits for a person', orderId, number });
    await this.schedule.put(tx, [cancellingDue(orderId)]);
    return false;
  }

  private async cancel(tx: Tx, { id: orderId, paymentStatus }: Order, state: GivingBack): Promise<boolean> {
    const change = {
      orderId,
      actor: 'system',
      data: { reason: state === 'not_taken' ? 'payment_voided' : 'refunded' },
    };
    const ended = state === 'not_taken' ? TRANSITIONS.voided : TRANSITIONS.cancelledRefunded;
    const row = paymentStatus === 'refunded' ? TRANSITIONS.cancelledWithoutMoney : ended;
    return (await this.repository.transition(tx, row, [change])).length > 0;
  }
}
