import { Injectable } from '@nestjs/common';
import { OrderPayments, type BuyerCredentials } from '#contracts';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { listReturns, type ReturnSlice } from '../persistence/list-goods.js';
import type { GoodsReturn } from '../persistence/goods-return.entity.js';

/** Returns, the newest first: of one order for whom it is open to, or of all orders for staff. */
@Injectable()
export class ListReturns {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: OrderPayments,
  ) {}

  all(slice: ReturnSlice): Promise<GoodsReturn[]> {
    return this.transactions.read((db) => listReturns(db, slice));
  }

  /** @throws `order_not_found` when the credentials do not open the order. */
  ofOrder(slice: ReturnSlice & { readonly orderId: Id<'order'> }, buyer: BuyerCredentials): Promise<GoodsReturn[]> {
    return this.transactions.read(async (db) => {
      await this.orders.assertAccess(db, slice.orderId, buyer);
      return listReturns(db, slice);
    });
  }
}
