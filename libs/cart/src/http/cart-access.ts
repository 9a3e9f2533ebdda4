import { Injectable } from '@nestjs/common';
import { CheckoutCarts } from '#contracts';
import { Transactions } from '#database';
import { rememberCart, ResourceAccess, type AccessRequest, type Caller } from '#http';
import { cartIdOf } from './cart-id.js';

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
    const cartId = cartIdOf({ cartId: String(params['cartId']) });
    await this.transactions.read((db) => this.carts.assertAccess(db, cartId, caller));
    rememberCart(caller, cartId);
  }
}
