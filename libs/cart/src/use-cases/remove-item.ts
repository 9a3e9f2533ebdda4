import { Injectable } from '@nestjs/common';
import { SingleCommand } from '#commands';
import { cartLock } from '#contracts';
import type { Tx } from '#database';
import { removeItem } from '../persistence/cart-items.js';
import { lockCart, type CartWrite } from '../persistence/lock-cart.js';
import { PriceCart, type PricedCart } from './price-cart.js';

export interface ItemRemoval extends CartWrite {
  readonly sku: string;
}

@Injectable()
export class RemoveItem extends SingleCommand<ItemRemoval, PricedCart> {
  constructor(private readonly priceCart: PriceCart) {
    super();
  }

  override lock({ cartId }: ItemRemoval) {
    return cartLock.lock(cartId);
  }

  /** An item that is not there is as good as removed. Throws what `lockCart` throws. */
  override async runOne(tx: Tx, write: ItemRemoval): Promise<PricedCart> {
    const cart = await lockCart(tx, write);
    await removeItem(tx, cart.id, write.sku);
    return this.priceCart.of(tx, cart);
  }
}
