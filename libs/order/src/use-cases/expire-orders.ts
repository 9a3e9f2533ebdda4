import { Injectable } from '@nestjs/common';
import { StockReservations } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { OrderRepository } from '../persistence/order.repository.js';
import { TRANSITIONS } from '../domain/transitions.js';

/** Ends orders that nobody paid while their stock was held, and gives the stock back. The caller has made sure that their time is over. */
@Injectable()
export class ExpireOrders {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
  ) {}

  /** Returns the ids of those that expired; one that was paid, cancelled or is being paid stays as it is. */
  async run(tx: Tx, orderIds: readonly Id<'order'>[]): Promise<Id<'order'>[]> {
    const moved = await this.repository.transition(
      tx,
      TRANSITIONS.expired,
      orderIds.map((orderId) => ({ orderId, actor: 'system', data: {} })),
    );
    const expired = moved.map((order) => order.orderId);
    if (expired.length > 0) await this.stock.release(tx, expired, 'expired');
    return expired;
  }
}
