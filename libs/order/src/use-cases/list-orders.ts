import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { Order } from '../order.entity.js';

export interface OrdersOf {
  readonly customerId: string;
  /** The last one of the page before; undefined for the first page. */
  readonly after: Id<'order'> | undefined;
  readonly count: number;
}

@Injectable()
export class ListOrders {
  /** A customer's orders, the newest first. */
  async run(db: Reader, { customerId, after, count }: OrdersOf): Promise<Order[]> {
    return db.manager.find(Order, {
      where: { customerId, ...(after !== undefined && { id: LessThan(after) }) },
      relations: { lines: true },
      order: { id: 'DESC', lines: { position: 'ASC' } },
      take: count,
    });
  }
}
