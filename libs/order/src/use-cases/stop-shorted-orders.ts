import { Injectable } from '@nestjs/common';
import { ShortageDue, StockReservations, type ClaimedShortage } from '#contracts';
import type { Tx } from '#database';
import { later, Schedule, type Cause } from '#messaging';
import { TRANSITIONS } from '../domain/transitions.js';
import { lockOrders } from '../persistence/find-order.js';
import type { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';

const LOOK_AGAIN_MS = 30_000;
const REASON = 'stock_shorted';

export interface Shortage extends ClaimedShortage {
  readonly cause?: Cause | undefined;
}

/**
 * A count has taken goods from orders. One that was taken up waits for staff; one that nobody has paid ends, and the rest of its stock is
 * free; one whose payment is under way is looked at again when its outcome may be known. What has left or has ended stays as it is.
 */
@Injectable()
export class StopShortedOrders {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
    private readonly schedule: Schedule,
  ) {}

  async run(tx: Tx, shortages: readonly Shortage[]): Promise<void> {
    // An order that misses several goods stops once.
    const shortageOf = new Map(shortages.map((shortage) => [shortage.orderId, shortage]));
    for (const order of await lockOrders(tx, [...shortageOf.keys()])) {
      const shortage = shortageOf.get(order.id);
      if (shortage !== undefined) await this.stop(tx, order, shortage);
    }
  }

  private async stop(tx: Tx, { id: orderId, status, paymentStatus, holdReason }: Order, shortage: Shortage) {
    const change = { orderId, actor: 'inventory', data: { reason: REASON }, cause: shortage.cause } as const;
    if (status === 'confirmed') {
      await this.repository.transition(tx, TRANSITIONS.held, [{ ...change, holdReason: REASON }]);
    } else if (status === 'on_hold' && holdReason !== REASON) {
      await this.repository.transition(tx, TRANSITIONS.heldAgain, [{ ...change, holdReason: REASON }]);
    } else if (status === 'pending_payment' && paymentStatus === 'none') {
      await this.repository.transition(tx, TRANSITIONS.expired, [change]);
      await this.stock.release(tx, [orderId], 'expired');
    } else if (status === 'pending_payment') {
      const { movementId, lines } = shortage;
      const data = { orderId, movementId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
      await this.schedule.put(tx, [later(ShortageDue, { subject: orderId, due: { inMs: LOOK_AGAIN_MS }, data })]);
    }
  }
}
