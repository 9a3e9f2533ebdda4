import { Injectable } from '@nestjs/common';
import { In, LessThan } from 'typeorm';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { Order, OrderLine } from '../persistence/order.entity.js';

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
    const lines = await db.manager.find(OrderLine, {
      where: { orderId: In(orders.map(({ id }) => id)) },
      order: { orderId: 'ASC', position: 'ASC' },
    });
    const byId = new Map(orders.map((order) => [order.id, Object.assign(order, { lines: [] as OrderLine[] })]));
    for (const line of lines) byId.get(line.orderId)?.lines.push(line);
    return orders;
  }
}
