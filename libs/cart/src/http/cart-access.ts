import { Injectable } from '@nestjs/common';
import { CheckoutCarts } from '#contracts';
import { Transactions } from '#database';
import { rememberCart, ResourceAccess, type AccessRequest, type Caller } from '#http';
import type { Id } from '#kernel';

/** For routes about one cart: who shows its token, or is its customer, may know that it exists. */
@Injectable()
export class CartAccess extends ResourceAccess {
  constructor(
    private readonly transactions: Transactions,
    private readonly carts: CheckoutCarts,
  ) {
    super();
  }

  override async assertOpen({ params }: AccessRequest, caller: Caller): Promise<void> {
    const cartId = String(params['cartId']) as Id<'cart'>;
    await this.transactions.read((db) => this.carts.assertAccess(db, cartId, caller));
    rememberCart(caller, cartId);
  }
}
