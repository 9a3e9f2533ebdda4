import { Injectable } from '@nestjs/common';
import { OrderPayments, type BuyerCredentials } from '#contracts';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { ReturnNotFound } from '../domain/fulfilment.errors.js';
import { ReturnRepository } from '../persistence/return.repository.js';
import type { GoodsReturn } from '../persistence/goods-return.entity.js';

/** One return: for staff, or of an order for whom it is open to. */
@Injectable()
export class ReadReturn {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: OrderPayments,
    private readonly repository: ReturnRepository,
  ) {}

  /** @throws {ReturnNotFound} */
  run(returnId: Id<'ret'>): Promise<GoodsReturn> {
    return this.transactions.read((db) => this.repository.read(db, returnId));
  }

  /** @throws `order_not_found` when the credentials do not open the order @throws {ReturnNotFound} also for one of another order */
  ofOrder(orderId: Id<'order'>, returnId: Id<'ret'>, buyer: BuyerCredentials): Promise<GoodsReturn> {
    return this.transactions.read(async (db) => {
      await this.orders.assertAccess(db, orderId, buyer);
      const goodsReturn = await this.repository.read(db, returnId);
      if (goodsReturn.orderId !== orderId) throw new ReturnNotFound();
      return goodsReturn;
    });
  }
}
