import { Injectable } from '@nestjs/common';
import { OrderPayments } from '#contracts';
import { Transactions } from '#database';
import { rememberCart, ResourceAccess, type AccessRequest, type Caller } from '#http';
import type { Id } from '#kernel';

/** For the shipments and returns of one order: open to whom the order is open. */
@Injectable()
export class FulfilledOrderAccess extends ResourceAccess {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: OrderPayments,
  ) {
    super();
  }

  override async assertOpen({ params }: AccessRequest, caller: Caller): Promise<void> {
    const orderId = String(params['orderId']) as Id<'order'>;
    const cartId = await this.transactions.read((db) => this.orders.assertAccess(db, orderId, caller));
    rememberCart(caller, cartId);
  }
}
