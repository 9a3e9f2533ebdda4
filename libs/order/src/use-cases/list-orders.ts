import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { Order } from '../persistence/order.entity.js';
import { withLines } from '../persistence/with-lines.js';

export interface OrdersOf {
  /** Undefined for the orders of everybody. */
  readonly customerId: string | undefined;
  /** The last one of the page before; undefined for the first page. */
  readonly after: Id<'order'> | undefined;
  readonly count: number;
}

@Injectable()
export class ListOrders {
  /** The newest first. The page is cut from the orders alone: in a join with their lines a limit would count lines. */
  async run(db: Reader, { customerId, after, count }: OrdersOf): Promise<Order[]> {
    const orders = await db.manager.find(Order, {
      where: { ...(customerId !== undefined && { customerId }), ...(after !== undefined && { id: LessThan(after) }) },
      order: { id: 'DESC' },
      take: count,
    });
    return withLines(db, orders);
  }
}
