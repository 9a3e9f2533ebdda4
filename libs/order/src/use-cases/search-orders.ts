import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { Order } from '../persistence/order.entity.js';
import { searchOrders, type OrderFilter } from '../persistence/search-orders.js';
import { withLines } from '../persistence/with-lines.js';

export interface OrderSearch extends OrderFilter {
  /** The last one of the page before; undefined for the first page. */
  readonly after: Id<'order'> | undefined;
  readonly count: number;
}

@Injectable()
export class SearchOrders {
  /** The newest first, whoever ordered. */
  async run(db: Reader, { after, count, ...filter }: OrderSearch): Promise<Order[]> {
    const ids = await searchOrders(db, filter, { before: after, count });
    return withLines(db, await db.manager.find(Order, { where: { id: In(ids) }, order: { id: 'DESC' } }));
  }
}
