import { Injectable } from '@nestjs/common';
import { CapturedPayments, StockReservations } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { TRANSITIONS } from '../domain/transitions.js';
import { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';

/** Nobody has accepted the smaller payment of an order: its stock is free again, and its money is given back. */
@Injectable()
export class RefuseShortPayments {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
    private readonly payments: CapturedPayments,
  ) {}

  /** Orders that do not wait for that decision any more are left as they are. Returns those that move. */
  async run(tx: Tx, orderIds: readonly Id<'order'>[], actor = 'system'): Promise<Id<'order'>[]> {
    const data = { reason: 'short_payment' };
    const moved = await this.repository.transition(
      tx,
      TRANSITIONS.shortPaymentRefused,
      orderIds.map((orderId) => ({ orderId, actor, data })),
    );
    const ids = moved.map(({ orderId }) => orderId);
    if (ids.length === 0) return [];
    await this.stock.release(tx, ids, 'cancelled');
    for (const orderId of ids) {
      const { paymentId } = await tx.manager.findOneByOrFail(Order, { id: orderId });
      if (paymentId !== null) await this.payments.giveBack(tx, [{ orderId, paymentId, cause: 'short_payment' }]);
    }
    return ids;
  }
}
