import { Injectable } from '@nestjs/common';
import type { Reader } from '#database';
import type { Caller } from '#http';
import type { Id } from '#kernel';
import { findOrder } from '../find-order.js';
import type { Order } from '../order.entity.js';
import { OrderNotFound } from '../order.errors.js';

@Injectable()
export class ReadOrder {
  /** @throws {OrderNotFound} for everybody but the holder of its token, its customer, and staff who may read orders. */
  async run(db: Reader, id: Id<'order'>, caller: Caller): Promise<Order> {
    const order = await findOrder(db, id);
    const open = order?.isOpenTo(caller) === true || caller.staff?.scopes.has('orders:read') === true;
    if (order === undefined || !open) throw new OrderNotFound();
    return order;
  }
}
