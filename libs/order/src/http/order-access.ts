import { Injectable } from '@nestjs/common';
import { CheckoutCarts, OrderPayments } from '#contracts';
import { Transactions } from '#database';
import { rememberCart, ResourceAccess, type AccessRequest, type Caller } from '#http';
import { idSchema, type Id } from '#kernel';

/** For routes about one order: who shows the token of its cart, is its customer, or is staff with the scope, may know that it exists. */
@Injectable()
export class OrderAccess extends ResourceAccess {
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

/** For the order of a cart that the body names. A body without the id of a cart is left to its schema. */
@Injectable()
export class CheckoutAccess extends ResourceAccess {
  constructor(
    private readonly transactions: Transactions,
    private readonly carts: CheckoutCarts,
  ) {
    super();
  }

  override async assertOpen({ body }: AccessRequest, caller: Caller): Promise<void> {
    const named = idSchema('cart').safeParse((body as { readonly cartId?: unknown } | null | undefined)?.cartId);
    if (!named.success) return;
    await this.transactions.read((db) => this.carts.assertAccess(db, named.data, caller));
    rememberCart(caller, named.data);
  }
}
