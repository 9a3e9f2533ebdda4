import { Injectable } from '@nestjs/common';
import type { BuyerCredentials } from '#contracts';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { findOrder } from '../persistence/find-order.js';
import type { Order } from '../persistence/order.entity.js';
import { OrderNotFound } from '../domain/order.errors.js';

@Injectable()
export class ReadOrder {
  /** @throws {OrderNotFound} also when the credentials do not open it. */
  async run(db: Reader, id: Id<'order'>, buyer: BuyerCredentials): Promise<Order> {
    const order = await findOrder(db, id);
    if (!order?.isOpenTo(buyer)) throw new OrderNotFound();
    return order;
  }
}
