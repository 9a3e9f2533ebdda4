import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import type { BuyerCredentials } from '#contracts';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { OrderEvent } from '../persistence/order.entity.js';
import { ReadOrder } from './read-order.js';

export interface TimelinePart {
  readonly orderId: Id<'order'>;
  /** Facts up to this one are left out. */
  readonly afterSequence: number;
  readonly count: number;
}

@Injectable()
export class ReadTimeline {
  constructor(private readonly readOrder: ReadOrder) {}

  /** What happened to an order, in the order in which it happened. Open to whom the order is open. */
  async run(
    db: Reader,
    { orderId, afterSequence, count }: TimelinePart,
    buyer: BuyerCredentials,
  ): Promise<OrderEvent[]> {
    await this.readOrder.run(db, orderId, buyer);
    return db.manager.find(OrderEvent, {
      where: { orderId, sequence: MoreThan(afterSequence) },
      order: { sequence: 'ASC' },
      take: count,
    });
  }
}
